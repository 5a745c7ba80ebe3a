/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the object makes: as in n3::Models. */
#ifndef SIM_NS3_MODELS_INTERNAL_HH
#define SIM_NS3_MODELS_INTERNAL_HH

#include "sim/ns3/models.hh"

namespace n3 {

std::unique_ptr<n3_medium> make_csma(n3_world *world, const n3_medium_options &options);
std::unique_ptr<n3_medium> make_wifi(n3_world *world, const n3_medium_options &options);
std::unique_ptr<Discipline> make_discipline(n3_discipline kind, const n3_queue_params &params,
                                            uint64_t stream);
void join_p2p(n3_world *world, const n3_link_options &options, n3_node *a, n3_node *b, n3_device **a_end,
              n3_device **b_end);

} // namespace n3

#endif
