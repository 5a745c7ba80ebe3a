/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What csma and wifi have in common: hosts, their ends, and frames that are followed over ns-3's devices. */
#ifndef SIM_NS3_MODELS_MEDIUM_HH
#define SIM_NS3_MODELS_MEDIUM_HH

#include "sim/ns3/models/models_internal.hh"

#include <ns3/queue.h>

namespace n3 {

class Medium;
class MediumEnd;

/* One host on a medium: ns-3's device on the host's node. */
class Station {
  public:
    virtual ~Station() = default;
    virtual void leave() = 0;
    /* After a leave. */
    virtual void join_again() = 0;
    virtual Ptr<ns3::QueueBase> queue() const = 0;
    /* As n3_medium_walk and n3_medium_distance_mm: only a station of wifi is at a distance. */
    virtual bool walk(uint64_t, uint64_t)
    {
        return false;
    }
    virtual uint64_t distance_mm() const
    {
        return 0;
    }

    n3_node *host = nullptr;
    Ptr<NetDevice> device;
    bool joined = true;
};

class Medium : public n3_medium {
  public:
    Medium(n3_world *in_world, const n3_medium_options &in_options);

    virtual std::unique_ptr<Station> make_station(const n3_host_options &options, n3_node *host) = 0;
    virtual Ptr<ns3::QueueBase> queue_at_gateway() const = 0;

    n3_status add(const n3_host_options &options, n3_node *host, n3_node *core, n3_device **host_end,
                  n3_device **core_end) override;

    n3_medium_options options;
    Ptr<NetDevice> gateway;

  protected:
    /* Once each, by whoever makes gateway or station. */
    void listen(Ptr<NetDevice> device);
    /* The medium gave up what may be one of our frames, header_bytes of its own in front: who sent it. */
    MediumEnd *lost(Ptr<const Packet> packet, uint32_t header_bytes, n3_status reason);

    n3_node *nat_router_node = nullptr;

  private:
    bool arrived(Ptr<NetDevice> device, Ptr<const Packet> packet, uint16_t protocol,
                 const ns3::Address &from);
    Station *station_of(const n3_host_options &options, n3_node *host);

    std::vector<std::unique_ptr<Station>> stations;
};

/* One direction of a host's way over medium and wire, as a device of sim/ns3/ns3.h at the sending side. */
class MediumEnd final : public n3_device {
  public:
    MediumEnd(Medium *in_medium, Station *in_station, bool in_up, const n3_device_params &in_params);

    /* wire is the pipe's end that sends in this direction. */
    void follow(n3_device *in_wire);

    n3_status send(n3_frame *frame) override;
    n3_status set(const n3_device_params &next) override;
    void hand_up(n3_frame *frame) override;
    uint32_t queue_peak() const override;
    void leave() override;
    n3_status walk(uint64_t distance_mm, uint64_t over_ns) override;
    uint64_t distance_mm() const override;

    /* Over the medium it came, or did not. */
    void crossed(uint32_t sequence, Ptr<const Packet> packet, uint32_t length);
    void given_up(uint32_t sequence, Ptr<const Packet> packet, uint32_t header_bytes, uint32_t length,
                  n3_status reason);

    Medium *medium;
    Station *station;
    bool up;

  private:
    n3_status transmit(n3_frame *frame);

    /* What became of the frames that may still be on the medium, which is said once of each: one that arrived
     * is not told as dropped for want of an acknowledgement. */
    enum outcome : uint8_t { UNDECIDED, CROSSED, GIVEN_UP };
    static constexpr uint32_t BEYOND_QUEUE = 64; /* being sent */

    uint8_t &fate_of(uint32_t sequence)
    {
        return fates[sequence % fates.size()];
    }

    n3_device *wire = nullptr;
    uint32_t index;             /* of world->devices */
    uint32_t next_sequence = 0; /* of the frames that the medium took */
    uint32_t peak = 0;
    n3_status refusal = N3_OK; /* of the frame that is being handed to the medium, of next_sequence */
    std::vector<uint8_t> fates;
};

} // namespace n3

#endif
