/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/ns3/models/medium.hh"

#include <ns3/tag.h>

namespace n3 {
namespace {

/* Goes with a packet through ns-3's devices: which frame it is. */
class FrameTag final : public ns3::Tag {
  public:
    static ns3::TypeId GetTypeId()
    {
        static ns3::TypeId tid =
            ns3::TypeId("roam::FrameTag").SetParent<ns3::Tag>().AddConstructor<FrameTag>();
        return tid;
    }

    ns3::TypeId GetInstanceTypeId() const override
    {
        return GetTypeId();
    }

    uint32_t GetSerializedSize() const override
    {
        return 3 * sizeof(uint32_t);
    }

    void Serialize(ns3::TagBuffer buffer) const override
    {
        buffer.WriteU32(device);
        buffer.WriteU32(sequence);
        buffer.WriteU32(length);
    }

    void Deserialize(ns3::TagBuffer buffer) override
    {
        device = buffer.ReadU32();
        sequence = buffer.ReadU32();
        length = buffer.ReadU32();
    }

    void Print(std::ostream &out) const override
    {
        out << device << '.' << sequence;
    }

    uint32_t device = 0;
    uint32_t sequence = 0;
    uint32_t length = 0;
};

/* The frame that lies in a packet between link-layer header and padding. */
n3_frame *extract(n3_world *world, Ptr<const Packet> packet, uint32_t header_bytes, uint32_t length)
{
    n3_frame *frame = frame_of(world, packet->CreateFragment(header_bytes, length));
    if (frame == nullptr)
        throw std::bad_alloc();
    return frame;
}

void wire_gave(void *user, n3_frame *frame, uint64_t)
{
    static_cast<MediumEnd *>(user)->deliver(frame);
}

void wire_dropped(void *user, const n3_frame *frame, n3_status reason, uint64_t)
{
    static_cast<MediumEnd *>(user)->note_drop(frame, reason);
}

} // namespace

/* ---- ends ---- */

MediumEnd::MediumEnd(Medium *in_medium, Station *in_station, bool in_up, const n3_device_params &in_params)
    : n3_device(in_medium->world, N3_LINK_PIPE, in_params), medium(in_medium), station(in_station), up(in_up),
      index(static_cast<uint32_t>(world->devices.size())),
      fates(in_medium->options.queue_packets + BEYOND_QUEUE, UNDECIDED)
{
}

void MediumEnd::follow(n3_device *in_wire)
{
    wire = in_wire;
    n3_device_on_drop(wire, wire_dropped, this);
    if (up) {
        n3_device_on_receive(wire->peer, wire_gave, this);
        return;
    }
    n3_device_on_receive(
        wire->peer,
        [](void *user, n3_frame *frame, uint64_t) { static_cast<MediumEnd *>(user)->transmit(frame); }, this);
}

n3_status MediumEnd::send(n3_frame *frame)
{
    return up ? transmit(frame) : n3_device_send(wire, frame);
}

n3_status MediumEnd::transmit(n3_frame *given)
{
    FrameTag tag;
    tag.device = index;
    tag.sequence = next_sequence;
    tag.length = given->length;
    fate_of(tag.sequence) = UNDECIDED;
    refusal = N3_OK;
    /* That of wifi drops what does not fit without a word. */
    const Ptr<ns3::QueueBase> queue = up ? station->queue() : medium->queue_at_gateway();
    const uint32_t before = queue->GetTotalReceivedPackets();
    try {
        Ptr<Packet> packet = ns3::Create<Packet>(given->bytes, given->length);
        packet->AddPacketTag(tag);
        const Ptr<NetDevice> &from = up ? station->device : medium->gateway;
        const Ptr<NetDevice> &to = up ? medium->gateway : station->device;
        if (station->joined)
            from->Send(packet, to->GetAddress(), protocol_of(given));
    } catch (...) {
        n3_frame_pool_give(&world->pool, given);
        throw;
    }
    peak = std::max(peak, queue->GetNPackets());
    if (queue->GetTotalReceivedPackets() == before && refusal == N3_OK)
        return dropped(given, station->joined ? N3_DROP_QUEUE : N3_DROP_MEDIUM);
    next_sequence += refusal == N3_OK;
    n3_frame_pool_give(&world->pool, given);
    return refusal;
}

void MediumEnd::crossed(uint32_t sequence, Ptr<const Packet> packet, uint32_t length)
{
    uint8_t &fate = fate_of(sequence);
    if (fate != UNDECIDED)
        return;
    fate = CROSSED;
    n3_frame *frame = extract(world, packet, 0, length);
    if (up)
        n3_device_send(wire, frame);
    else
        deliver(frame);
}

void MediumEnd::given_up(uint32_t sequence, Ptr<const Packet> packet, uint32_t header_bytes, uint32_t length,
                         n3_status reason)
{
    uint8_t &fate = fate_of(sequence);
    if (fate != UNDECIDED)
        return;
    fate = GIVEN_UP;
    if (sequence == next_sequence)
        refusal = reason;
    dropped(extract(world, packet, header_bytes, length), reason);
}

n3_status MediumEnd::set(const n3_device_params &next)
{
    n3_device_params through = next;
    through.up = true;
    n3_status status = n3_device_set(wire, &through);
    if (status == N3_OK)
        params = next;
    return status;
}

void MediumEnd::hand_up(n3_frame *frame)
{
    n3_frame_pool_give(&world->pool, frame);
}

uint32_t MediumEnd::queue_peak() const
{
    return std::max(peak, wire->queue_peak());
}

void MediumEnd::leave()
{
    if (station->joined) {
        station->joined = false;
        station->leave();
    }
}

n3_status MediumEnd::walk(uint64_t distance_mm, uint64_t over_ns)
{
    return station->walk(distance_mm, over_ns) ? N3_OK : n3_device::walk(distance_mm, over_ns);
}

uint64_t MediumEnd::distance_mm() const
{
    return station->distance_mm();
}

/* ---- media ---- */

Medium::Medium(n3_world *in_world, const n3_medium_options &in_options)
    : n3_medium(in_world), options(in_options)
{
    n3_status status = n3_node_new(world, &nat_router_node);
    if (status != N3_OK)
        throw std::bad_alloc();
}

void Medium::listen(Ptr<NetDevice> device)
{
    device->SetReceiveCallback(ns3::MakeCallback(&Medium::arrived, this));
}

bool Medium::arrived(Ptr<NetDevice>, Ptr<const Packet> packet, uint16_t, const ns3::Address &)
{
    FrameTag tag;
    if (!packet->PeekPacketTag(tag))
        return true;
    MediumEnd *end = static_cast<MediumEnd *>(world->devices[tag.device]);
    if (end->station->joined)
        end->crossed(tag.sequence, packet, tag.length);
    else
        lost(packet, 0, N3_DROP_MEDIUM);
    return true;
}

MediumEnd *Medium::lost(Ptr<const Packet> packet, uint32_t header_bytes, n3_status reason)
{
    FrameTag tag;
    if (!packet->PeekPacketTag(tag))
        return nullptr;
    MediumEnd *end = static_cast<MediumEnd *>(world->devices[tag.device]);
    end->given_up(tag.sequence, packet, header_bytes, tag.length, reason);
    return end;
}

/* The host's own from an earlier time, or a new one; NULL while the host is on the medium. */
Station *Medium::station_of(const n3_host_options &in_options, n3_node *host)
{
    for (const std::unique_ptr<Station> &station : stations) {
        if (station->host != host)
            continue;
        if (station->joined)
            return nullptr;
        station->joined = true;
        station->join_again();
        return station.get();
    }
    stations.push_back(make_station(in_options, host));
    stations.back()->host = host;
    return stations.back().get();
}

n3_status Medium::add(const n3_host_options &in_options, n3_node *host, n3_node *core, n3_device **host_end,
                      n3_device **core_end)
{
    n3_link_options wire = in_options.wire;
    wire.a.up = wire.b.up = true;
    Station *station = station_of(in_options, host);
    if (station == nullptr)
        return world->fail(N3_ERR_INVALID, "the host is on the medium already");
    n3_device *nat_router_wire;
    n3_device *core_wire;
    n3_status status = n3_link_new(world, &wire, nat_router_node, core, &nat_router_wire, &core_wire);
    if (status != N3_OK)
        return status;
    world->devices.reserve(world->devices.size() + 2);
    MediumEnd *at_host = new MediumEnd(this, station, true, in_options.wire.a);
    world->devices.push_back(at_host);
    MediumEnd *at_core = new MediumEnd(this, station, false, in_options.wire.b);
    world->devices.push_back(at_core);
    at_host->follow(nat_router_wire);
    at_core->follow(core_wire);
    at_host->peer = at_core;
    at_core->peer = at_host;
    *host_end = at_host;
    *core_end = at_core;
    return N3_OK;
}

} // namespace n3
