/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RFC 4787 by number. */
#include "sim/tests/nat_lab.h"

#include <stdio.h>

static const char *const behaviours[] = {"endpoint-independent", "address-dependent",
                                         "address-and-port-dependent"};
enum { BEHAVIOURS = sizeof behaviours / sizeof *behaviours };

/*
 * REQ-1 and section 4.1: whether packets of one internal endpoint to another port of the same host, and to
 * another host, come from the same external endpoint, for each mapping; and REQ-8 and section 5: whether a
 * packet comes in from the remote the inside has sent to, from another port of that host, from another host.
 * All nine cells.
 */
static void test_req_1_req_8_cells(void)
{
    for (int mapping = 0; mapping < BEHAVIOURS; mapping++) {
        for (int filtering = 0; filtering < BEHAVIOURS; filtering++) {
            nat_options options = nat_lab_options();
            options.mapping = (nat_behaviour)mapping;
            options.filtering = (nat_behaviour)filtering;
            nat *box = nat_lab_new(&options);
            const roam_addr inside = nat_lab_inside(1, 5000);
            const roam_addr first = nat_lab_out(box, inside, nat_lab_remote(1, 443), 0);
            const bool in[] = {nat_lab_reaches(box, nat_lab_remote(1, 443), first, inside, 0),
                               nat_lab_reaches(box, nat_lab_remote(1, 444), first, inside, 0),
                               nat_lab_reaches(box, nat_lab_remote(2, 443), first, inside, 0)};
            const roam_addr other_port = nat_lab_out(box, inside, nat_lab_remote(1, 444), 0);
            const roam_addr other_host = nat_lab_out(box, inside, nat_lab_remote(2, 443), 0);
            CHECK_INT(roam_addr_equal(&first, &other_port), mapping != NAT_ADDRESS_AND_PORT_DEPENDENT,
                      "%s mapping, another port", behaviours[mapping]);
            CHECK_INT(roam_addr_equal(&first, &other_host), mapping == NAT_ENDPOINT_INDEPENDENT,
                      "%s mapping, another host", behaviours[mapping]);
            CHECK_INT(in[0], true, "%s, %s filtering, same remote", behaviours[mapping],
                      behaviours[filtering]);
            CHECK_INT(in[1], filtering != NAT_ADDRESS_AND_PORT_DEPENDENT, "%s, %s filtering, another port",
                      behaviours[mapping], behaviours[filtering]);
            CHECK_INT(in[2], filtering == NAT_ENDPOINT_INDEPENDENT, "%s, %s filtering, another host",
                      behaviours[mapping], behaviours[filtering]);
            nat_free(box);
        }
    }
}

int main(void)
{
    CU_TestInfo tests[] = {
        {"RFC 4787 REQ-1, REQ-8: nine cells", test_req_1_req_8_cells},
        CU_TEST_INFO_NULL,
    };
    return nat_lab_main("nat", tests);
}
