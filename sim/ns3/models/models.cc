/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/ns3/models/models_internal.hh"

extern "C" __attribute__((visibility("default")))
const n3::Models n3_models = {n3::make_csma, n3::make_wifi, n3::make_discipline, n3::join_p2p};
