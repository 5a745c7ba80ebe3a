/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/ns3/models/models_internal.hh"

#include <ns3/drop-tail-queue.h>
#include <ns3/error-model.h>
#include <ns3/mac48-address.h>
#include <ns3/point-to-point-channel.h>
#include <ns3/point-to-point-net-device.h>

namespace n3 {
namespace {

class P2pEnd final : public n3_device {
  public:
    P2pEnd(n3_world *in_world, const n3_device_params &in_params, uint64_t loss_stream)
        : n3_device(in_world, N3_LINK_P2P, in_params)
    {
        device->SetAddress(ns3::Mac48Address::Allocate());
        device->SetQueue(queue);
        errors->SetUnit(ns3::RateErrorModel::ERROR_UNIT_PACKET);
        errors->AssignStreams(static_cast<int64_t>(loss_stream));
        apply();
    }

    void join(P2pEnd *other, Ptr<ns3::PointToPointChannel> in_channel)
    {
        peer = other;
        channel = in_channel;
        channel->SetAttribute("Delay", ns3::TimeValue(Time(static_cast<int64_t>(params.delay_ns))));
        device->Attach(channel);
        device->SetReceiveCallback(ns3::MakeCallback(&P2pEnd::arrived, other));
        other->device->SetReceiveErrorModel(errors);
        other->device->TraceConnectWithoutContext("PhyRxDrop", ns3::MakeCallback(&P2pEnd::lost, this));
    }

    n3_status send(n3_frame *frame) override
    {
        bool queued;
        const Time takes =
            ns3::DataRate(params.rate_bps).CalculateBytesTxTime(frame->length + PPP_HEADER_BYTES);
        try {
            Ptr<Packet> packet = ns3::Create<Packet>(frame->bytes, frame->length);
            queued = device->Send(packet, device->GetBroadcast(), protocol_of(frame));
        } catch (...) {
            n3_frame_pool_give(&world->pool, frame);
            throw;
        }
        if (!queued)
            return dropped(frame, N3_DROP_QUEUE);
        peak = std::max(peak, queue->GetNPackets());
        last_depart_ns = world->sim->now_ns + wait_ns() + static_cast<uint64_t>(takes.GetTimeStep());
        n3_frame_pool_give(&world->pool, frame);
        return N3_OK;
    }

    n3_status set(const n3_device_params &next) override
    {
        params = next;
        drop_excess();
        peer->params.delay_ns = next.delay_ns;
        channel->SetAttribute("Delay", ns3::TimeValue(Time(static_cast<int64_t>(params.delay_ns))));
        apply();
        return N3_OK;
    }

    void hand_up(n3_frame *frame) override
    {
        n3_frame_pool_give(&world->pool, frame);
    }

    uint32_t queue_peak() const override
    {
        return peak;
    }

    uint64_t wait_ns() const override
    {
        return std::max(last_depart_ns, world->sim->now_ns) - world->sim->now_ns;
    }

    Ptr<ns3::PointToPointNetDevice> device = ns3::CreateObject<ns3::PointToPointNetDevice>();

  private:
    void apply()
    {
        device->SetDataRate(ns3::DataRate(params.rate_bps));
        queue->SetMaxSize(ns3::QueueSize(ns3::QueueSizeUnit::PACKETS, params.queue_packets));
        errors->SetRate(params.loss);
        if (params.loss > 0)
            errors->Enable();
        else
            errors->Disable();
    }

    bool arrived(Ptr<NetDevice>, Ptr<const Packet> packet, uint16_t, const ns3::Address &)
    {
        n3_frame *frame = frame_of(world, packet);
        if (frame == nullptr)
            throw std::bad_alloc();
        deliver(frame);
        return true;
    }

    void lost(Ptr<const Packet> packet)
    {
        gone(packet, N3_DROP_LOSS);
    }

    /* A packet with its PPP header. */
    void gone(Ptr<const Packet> packet, n3_status reason)
    {
        Ptr<Packet> bare = packet->Copy();
        bare->RemoveAtStart(PPP_HEADER_BYTES);
        n3_frame *frame = frame_of(world, bare);
        if (frame == nullptr)
            throw std::bad_alloc();
        dropped(frame, reason);
    }

    /* Stock queues do not become shorter than what waits in them: all of it is taken out, and what has a
     * place goes in again. */
    void drop_excess()
    {
        std::vector<Ptr<Packet>> waiting;
        if (queue->GetNPackets() <= params.queue_packets)
            return;
        while (Ptr<Packet> packet = queue->Dequeue())
            waiting.push_back(packet);
        for (size_t i = 0; i < waiting.size(); i++)
            if (i < params.queue_packets)
                queue->Enqueue(waiting[i]);
            else
                gone(waiting[i], N3_DROP_QUEUE);
    }

    static constexpr uint32_t PPP_HEADER_BYTES = 2;
    Ptr<ns3::PointToPointChannel> channel;
    Ptr<ns3::DropTailQueue<Packet>> queue = ns3::CreateObject<ns3::DropTailQueue<Packet>>();
    Ptr<ns3::RateErrorModel> errors = ns3::CreateObject<ns3::RateErrorModel>();
    uint32_t peak = 0;
    uint64_t last_depart_ns = 0; /* of what is queued, at the rates of when it was sent */
};

} // namespace

void join_p2p(n3_world *world, const n3_link_options &options, n3_node *a, n3_node *b, n3_device **a_end,
              n3_device **b_end)
{
    std::unique_ptr<P2pEnd> ends[2] = {std::make_unique<P2pEnd>(world, options.a, options.a_loss_stream),
                                       std::make_unique<P2pEnd>(world, options.b, options.b_loss_stream)};
    Ptr<ns3::PointToPointChannel> channel = ns3::CreateObject<ns3::PointToPointChannel>();
    a->node->AddDevice(ends[0]->device);
    b->node->AddDevice(ends[1]->device);
    ends[0]->join(ends[1].get(), channel);
    ends[1]->join(ends[0].get(), channel);
    own(world, ends, a_end, b_end);
}

} // namespace n3
