/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ns-3's own models: p2p, csma, wifi and queue discs. They are in a shared object, ns3-models.so, because
 * their libraries take three times as long to load as those that every world needs, and most worlds need none
 * of them. It takes functions of the program, n3_*, and is loaded once a process, when one of these is made.
 */
#ifndef SIM_NS3_MODELS_HH
#define SIM_NS3_MODELS_HH

#include "sim/ns3/internal.hh"

namespace n3 {

/* codel, fq-codel or red, for a queue that hosts share. Drops are told with the frame's owner. */
class Discipline {
  public:
    virtual ~Discipline() = default;

    virtual n3_status put(n3_frame_node *frame) = 0;
    virtual n3_frame_node *next() = 0;
    virtual void set(const n3_queue_params &next_params) = 0;
    virtual uint32_t packets() const = 0;
    virtual uint64_t bytes() const = 0;
};

/* As many streams as a discipline may use. */
constexpr uint64_t DISCIPLINE_STREAMS = N3_MEDIUM_STREAMS / 2;

/* Options have been checked; each throws what n3_world::guard catches. */
struct Models {
    std::unique_ptr<n3_medium> (*make_csma)(n3_world *world, const n3_medium_options &options);
    std::unique_ptr<n3_medium> (*make_wifi)(n3_world *world, const n3_medium_options &options);
    /* With its parameters, ready; stream is the first of those that it may use. */
    std::unique_ptr<Discipline> (*make_discipline)(n3_discipline kind, const n3_queue_params &params,
                                                   uint64_t stream);
    void (*join_p2p)(n3_world *world, const n3_link_options &options, n3_node *a, n3_node *b,
                     n3_device **a_end, n3_device **b_end);
};

/* Loads the object: beside the program, or in ../lib/roam/ of an installation. Throws std::runtime_error that
 * says why it cannot. */
const Models &models();

} // namespace n3

/* The object exports this alone. */
#define N3_MODELS_SYMBOL "n3_models"
extern "C" const n3::Models n3_models;

#endif
