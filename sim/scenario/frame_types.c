/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/frame_types.h"

#include "sim/wire/dissect.h"

const key_choice SCENARIO_FRAME_TYPES[] = {{"padding", DISSECT_PADDING},
                                           {"ping", DISSECT_PING},
                                           {"ack", DISSECT_ACK},
                                           {"reset_stream", DISSECT_RESET_STREAM},
                                           {"stop_sending", DISSECT_STOP_SENDING},
                                           {"crypto", DISSECT_CRYPTO},
                                           {"new_token", DISSECT_NEW_TOKEN},
                                           {"stream", DISSECT_STREAM},
                                           {"max_data", DISSECT_MAX_DATA},
                                           {"max_stream_data", DISSECT_MAX_STREAM_DATA},
                                           {"max_streams", DISSECT_MAX_STREAMS},
                                           {"data_blocked", DISSECT_DATA_BLOCKED},
                                           {"stream_data_blocked", DISSECT_STREAM_DATA_BLOCKED},
                                           {"streams_blocked", DISSECT_STREAMS_BLOCKED},
                                           {"new_connection_id", DISSECT_NEW_CONNECTION_ID},
                                           {"retire_connection_id", DISSECT_RETIRE_CONNECTION_ID},
                                           {"path_challenge", DISSECT_PATH_CHALLENGE},
                                           {"path_response", DISSECT_PATH_RESPONSE},
                                           {"connection_close", DISSECT_CONNECTION_CLOSE},
                                           {"handshake_done", DISSECT_HANDSHAKE_DONE},
                                           {"datagram", DISSECT_DATAGRAM},
                                           {0}};
