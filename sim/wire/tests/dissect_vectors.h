/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The packets of RFC 9001 Appendix A and of RFC 9369 Appendix A, in hexadecimal. */
#ifndef SIM_WIRE_TESTS_DISSECT_VECTORS_H
#define SIM_WIRE_TESTS_DISSECT_VECTORS_H

#define DISSECT_VECTOR_MAX 1200

extern const char dissect_vector_client_initial[]; /* A.2 */
extern const char dissect_vector_server_initial[]; /* A.3 */
extern const char dissect_vector_retry[];          /* A.4 */
extern const char dissect_vector_chacha20[];       /* A.5 */

extern const char dissect_vector_v2_client_initial[]; /* RFC 9369 A.2 */
extern const char dissect_vector_v2_server_initial[]; /* A.3 */
extern const char dissect_vector_v2_retry[];          /* A.4 */
extern const char dissect_vector_v2_chacha20[];       /* A.5 */

#endif
