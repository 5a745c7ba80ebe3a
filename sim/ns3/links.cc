/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/ns3/internal.hh"

#include "sim/ns3/line.h"
#include "sim/ns3/models.hh"
#include "sim/ns3/options.h"

#include <ns3/channel.h>
#include <ns3/mac48-address.h>

using namespace n3;

namespace {

/* ---- pipe ---- */

class PipeChannel final : public ns3::Channel {
  public:
    static ns3::TypeId GetTypeId()
    {
        static ns3::TypeId tid = ns3::TypeId("roam::PipeChannel").SetParent<ns3::Channel>();
        return tid;
    }

    size_t GetNDevices() const override
    {
        return 2;
    }

    Ptr<NetDevice> GetDevice(size_t i) const override
    {
        return ends[i];
    }

    Ptr<NetDevice> ends[2];

  private:
    void DoDispose() override
    {
        ends[0] = ends[1] = nullptr;
        Channel::DoDispose();
    }
};

/* What ns-3 sees of one end of a pipe. */
class PipeDevice final : public NetDevice {
  public:
    static ns3::TypeId GetTypeId()
    {
        static ns3::TypeId tid = ns3::TypeId("roam::PipeDevice").SetParent<NetDevice>();
        return tid;
    }

    bool Send(Ptr<Packet> packet, const ns3::Address &, uint16_t) override
    {
        n3_frame *frame = frame_of(handle->world, packet);
        return frame != nullptr && n3_device_send(handle, frame) == N3_OK;
    }

    bool hand_up(const n3_frame *frame)
    {
        return !up.IsNull() &&
               up(this, ns3::Create<Packet>(frame->bytes, frame->length), protocol_of(frame), address);
    }

    /* What NetDevice asks of every device, a line each. */
    // clang-format off
    bool SendFrom(Ptr<Packet> p, const ns3::Address &, const ns3::Address &to, uint16_t protocol) override { return Send(p, to, protocol); }
    bool SupportsSendFrom() const override { return false; }
    void SetIfIndex(uint32_t in_index) override { index = in_index; }
    uint32_t GetIfIndex() const override { return index; }
    Ptr<ns3::Channel> GetChannel() const override { return channel; }
    Ptr<ns3::Node> GetNode() const override { return node; }
    void SetNode(Ptr<ns3::Node> in_node) override { node = in_node; }
    void SetAddress(ns3::Address in_address) override { address = in_address; }
    ns3::Address GetAddress() const override { return address; }
    bool SetMtu(uint16_t in_mtu) override { mtu = in_mtu; return true; }
    uint16_t GetMtu() const override { return mtu; }
    bool IsLinkUp() const override { return handle->params.up; }
    void AddLinkChangeCallback(ns3::Callback<void>) override {}
    bool IsBroadcast() const override { return false; }
    ns3::Address GetBroadcast() const override { return address; }
    bool IsMulticast() const override { return false; }
    ns3::Address GetMulticast(ns3::Ipv4Address) const override { return address; }
    ns3::Address GetMulticast(ns3::Ipv6Address) const override { return address; }
    bool IsBridge() const override { return false; }
    bool IsPointToPoint() const override { return true; }
    bool NeedsArp() const override { return false; }
    void SetReceiveCallback(ReceiveCallback callback) override { up = callback; }
    void SetPromiscReceiveCallback(PromiscReceiveCallback) override {}
    // clang-format on

    n3_device *handle = nullptr;
    Ptr<PipeChannel> channel;

  private:
    void DoDispose() override
    {
        node = nullptr;
        channel = nullptr;
        up = ReceiveCallback();
        NetDevice::DoDispose();
    }

    Ptr<ns3::Node> node;
    ReceiveCallback up;
    ns3::Address address = ns3::Mac48Address();
    uint32_t index = 0;
    uint16_t mtu = UINT16_MAX;
};

/* One direction: the alarm is the arrival of the frame at the head of the line. */
class PipeEnd final : public n3_device, public Alarm {
  public:
    PipeEnd(n3_world *in_world, const n3_device_params &in_params, uint64_t in_loss, uint64_t in_jitter)
        : n3_device(in_world, N3_LINK_PIPE, in_params), Alarm(PeekPointer(in_world->sim)),
          loss_stream(in_loss), jitter_stream(in_jitter)
    {
        n3_line_init(&line, tx_ns, draw_uid, this);
        device->handle = this;
    }

    ~PipeEnd() override
    {
        n3_line_fini(&line, &world->pool);
    }

    void release() override
    {
        Unref();
    }

    n3_status send(n3_frame *given) override
    {
        uint64_t now_ns = sim->now_ns;
        n3_frame_node *frame = reinterpret_cast<n3_frame_node *>(given);
        if (!n3_line_has_room(&line, given->length, &params, now_ns))
            return dropped(given, N3_DROP_QUEUE);
        bool lost = params.loss > 0 && drawn(loss, loss_stream).RandU01() < params.loss;
        frame->jitter_ns = 0;
        if (params.jitter_ns > 0 && !lost)
            frame->jitter_ns = draw_below(drawn(jitter, jitter_stream), params.jitter_ns + 1);
        bool was_empty = line.head == nullptr;
        n3_status status = n3_line_accept(&line, frame, lost, &params, now_ns);
        if (status != N3_OK) {
            n3_frame_pool_give(&world->pool, given);
            return world->fail(status, "out of memory");
        }
        if (lost)
            return dropped(given, N3_DROP_LOSS);
        if (was_empty)
            arm_head();
        return N3_OK;
    }

    n3_status set(const n3_device_params &next) override
    {
        bool other_rate = next.rate_bps != params.rate_bps;
        bool retime =
            other_rate || next.delay_ns != params.delay_ns || next.header_bytes != params.header_bytes;
        params = next;
        drop_excess();
        if (other_rate)
            times.forget();
        if (retime) {
            n3_line_retime(&line, &params, sim->now_ns);
            arm_head();
        }
        return N3_OK;
    }

    n3_status hold(uint64_t until_ns) override
    {
        n3_line_hold(&line, until_ns);
        n3_line_retime(&line, &params, sim->now_ns);
        arm_head();
        return N3_OK;
    }

    void hand_up(n3_frame *frame) override
    {
        device->hand_up(frame);
        n3_frame_pool_give(&world->pool, frame);
    }

    uint32_t queue_peak() const override
    {
        return line.waiting_peak;
    }

    uint64_t wait_ns() const override
    {
        return n3_line_wait_ns(&line, sim->now_ns);
    }

    Ptr<PipeDevice> device = ns3::CreateObject<PipeDevice>();

  private:
    void fire() override
    {
        n3_frame_node *frame = n3_line_pop(&line);
        arm_head();
        deliver(&frame->frame);
    }

    /* What waits and has no place in the queue any more. */
    void drop_excess()
    {
        n3_frame_node *excess = n3_line_cut(&line, &params, sim->now_ns);
        if (line.head == nullptr)
            disarm();
        while (excess != nullptr) {
            n3_frame_node *frame = excess;
            excess = frame->next;
            dropped(&frame->frame, N3_DROP_QUEUE);
        }
    }

    void arm_head()
    {
        if (line.head != nullptr)
            arm({line.head->arrive_ns, line.head->uid});
    }

    RandomStream &drawn(std::unique_ptr<RandomStream> &stream, uint64_t number)
    {
        if (!stream)
            stream = std::make_unique<RandomStream>(world->stream(number));
        return *stream;
    }

    static uint32_t draw_uid(void *user)
    {
        return static_cast<PipeEnd *>(user)->sim->draw_uid();
    }

    static uint64_t tx_ns(void *user, uint32_t bytes)
    {
        PipeEnd *end = static_cast<PipeEnd *>(user);
        return end->times.of(end->params.rate_bps, bytes);
    }

    n3_line line;
    std::unique_ptr<RandomStream> loss;
    std::unique_ptr<RandomStream> jitter;
    uint64_t loss_stream;
    uint64_t jitter_stream;
    TxTimes times;
};

} // namespace

n3_status n3_link_new(n3_world *world, const n3_link_options *options, n3_node *a, n3_node *b,
                      n3_device **a_end, n3_device **b_end)
{
    const char *why = "";
    n3_status status = n3_link_options_check(options, &why);
    if (status != N3_OK)
        return world->fail(status, why);
    return world->guard([&] {
        if (options->kind == N3_LINK_PIPE) {
            std::unique_ptr<PipeEnd> ends[2] = {
                std::make_unique<PipeEnd>(world, options->a, options->a_loss_stream,
                                          options->a_jitter_stream),
                std::make_unique<PipeEnd>(world, options->b, options->b_loss_stream,
                                          options->b_jitter_stream)};
            Ptr<PipeChannel> channel = ns3::CreateObject<PipeChannel>();
            for (int i = 0; i < 2; i++) {
                channel->ends[i] = ends[i]->device;
                ends[i]->device->channel = channel;
                (i == 0 ? a : b)->node->AddDevice(ends[i]->device);
            }
            own(world, ends, a_end, b_end);
        } else {
            models().join_p2p(world, *options, a, b, a_end, b_end);
        }
        return N3_OK;
    });
}
