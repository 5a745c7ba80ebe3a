/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ns-3's queue discs with frames in them. */
#include "sim/ns3/models/models_internal.hh"
#include "sim/ns3/options.h"

#include <ns3/boolean.h>
#include <ns3/codel-queue-disc.h>
#include <ns3/double.h>
#include <ns3/fq-codel-queue-disc.h>
#include <ns3/hash.h>
#include <ns3/queue-disc.h>
#include <ns3/red-queue-disc.h>
#include <ns3/uinteger.h>

#include <cstring>

namespace n3 {
namespace {

constexpr uint32_t QUANTUM_BYTES = 1500;
constexpr uint32_t RED_MEAN_BYTES = 1200; /* a full QUIC datagram */

/* ---- a frame's headers ---- */

constexpr uint8_t ECN_MASK = 3; /* RFC 3168 section 5 */
constexpr uint8_t ECN_NOT_ECT = 0;
constexpr uint8_t ECN_CE = 3;

uint16_t word_at(const uint8_t *bytes)
{
    return static_cast<uint16_t>(bytes[0] << 8 | bytes[1]);
}

/* The header's checksum when a word of it changes (RFC 1624, equation 3). */
void mark_ipv4(uint8_t *header)
{
    const uint16_t before = word_at(header);
    header[1] |= ECN_CE;
    uint32_t sum = static_cast<uint16_t>(~word_at(header + 10)) + static_cast<uint16_t>(~before);
    sum += word_at(header);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    header[10] = static_cast<uint8_t>(~sum >> 8);
    header[11] = static_cast<uint8_t>(~sum);
}

/* Addresses, protocol and ports: 4 + 4 or 16 + 16, 1, and 2 + 2 bytes. */
size_t flow_key(const n3_frame &frame, uint8_t key[37])
{
    const bool is4 = frame.bytes[0] >> 4 == 4;
    const uint32_t header = is4 ? (frame.bytes[0] & 15u) * 4 : 40;
    const size_t addresses = is4 ? 8 : 32;
    if (frame.length < header + 4 || header < 20)
        return 0;
    std::memcpy(key, frame.bytes + (is4 ? 12 : 8), addresses);
    key[addresses] = frame.bytes[is4 ? 9 : 6];
    std::memcpy(key + addresses + 1, frame.bytes + header, 4);
    return addresses + 5;
}

/* ---- items ---- */

/* A frame in a queue disc; frame->owner is where it was sent. Ends with the frame, unless that was taken. */
class FrameItem final : public ns3::QueueDiscItem {
  public:
    FrameItem(Ptr<Packet> nothing, n3_frame_node *in_frame);
    ~FrameItem() override;

    uint32_t GetSize() const override;
    void AddHeader() override;
    bool Mark() override;
    uint32_t Hash(uint32_t perturbation) const override;

    const n3_frame_node *look() const;
    n3_frame_node *take();

  private:
    n3_frame_node *frame;
};

FrameItem::FrameItem(Ptr<Packet> nothing, n3_frame_node *in_frame)
    : QueueDiscItem(nothing, ns3::Address(), protocol_of(&in_frame->frame)), frame(in_frame)
{
}

FrameItem::~FrameItem()
{
    if (frame != nullptr)
        n3_frame_pool_give(&frame->owner->world->pool, &frame->frame);
}

uint32_t FrameItem::GetSize() const
{
    return frame->frame.length;
}

void FrameItem::AddHeader()
{
}

bool FrameItem::Mark()
{
    uint8_t *const header = frame->frame.bytes;
    const bool is4 = header[0] >> 4 == 4;
    const uint8_t before = is4 ? header[1] & ECN_MASK : header[1] >> 4 & ECN_MASK;
    if (before == ECN_NOT_ECT || frame->frame.length < 20)
        return false;
    if (before != ECN_CE) {
        if (is4)
            mark_ipv4(header);
        else
            header[1] |= static_cast<uint8_t>(ECN_CE << 4);
        frame->owner->counters.marked++;
    }
    return true;
}

uint32_t FrameItem::Hash(uint32_t perturbation) const
{
    uint8_t key[37 + sizeof perturbation];
    const size_t length = flow_key(frame->frame, key);
    std::memcpy(key + length, &perturbation, sizeof perturbation);
    return ns3::Hash32(reinterpret_cast<const char *>(key), length + sizeof perturbation);
}

const n3_frame_node *FrameItem::look() const
{
    return frame;
}

n3_frame_node *FrameItem::take()
{
    n3_frame_node *const taken = frame;
    frame = nullptr;
    return taken;
}

/* ---- disciplines ---- */

class StockDiscipline final : public Discipline {
  public:
    StockDiscipline(n3_discipline kind, const n3_queue_params &params, uint64_t stream);
    ~StockDiscipline() override;
    StockDiscipline(const StockDiscipline &) = delete;
    StockDiscipline &operator=(const StockDiscipline &) = delete;

    n3_status put(n3_frame_node *frame) override;
    n3_frame_node *next() override;
    void set(const n3_queue_params &next_params) override;
    uint32_t packets() const override;
    uint64_t bytes() const override;

  private:
    Ptr<ns3::QueueDisc> make();
    bool has_room(uint32_t length) const;
    void dropped(Ptr<const ns3::QueueDiscItem> item);

    n3_discipline kind;
    n3_queue_params params;
    uint64_t stream;        /* first of those that it may use */
    uint64_t made = 0;      /* discs so far */
    n3_status fate = N3_OK; /* of the frame that is being put */
    const n3_frame_node *putting = nullptr;
    Ptr<Packet> nothing = ns3::Create<Packet>();
    Ptr<ns3::QueueDisc> disc;
};

StockDiscipline::StockDiscipline(n3_discipline in_kind, const n3_queue_params &in_params, uint64_t in_stream)
    : kind(in_kind), params(in_params), stream(in_stream)
{
    disc = make();
}

StockDiscipline::~StockDiscipline()
{
    disc->Dispose();
}

ns3::QueueSize in_packets(uint32_t packets)
{
    return ns3::QueueSize(ns3::QueueSizeUnit::PACKETS, packets);
}

Ptr<ns3::QueueDisc> make_red(const n3_queue_params &params, int64_t stream)
{
    const bool bytes = params.queue_bytes > 0;
    const double size = bytes ? static_cast<double>(params.queue_bytes) : params.queue_packets;
    Ptr<ns3::RedQueueDisc> red = ns3::CreateObject<ns3::RedQueueDisc>();
    red->SetMaxSize(bytes ? ns3::QueueSize(ns3::QueueSizeUnit::BYTES, N3_QUEUE_MAX_BYTES)
                          : in_packets(N3_QUEUE_MAX_PACKETS));
    red->SetTh(size / 6, size / 2);
    red->SetAttribute("LInterm", ns3::DoubleValue(10));
    red->SetAttribute("MeanPktSize", ns3::UintegerValue(RED_MEAN_BYTES));
    red->SetAttribute("UseEcn", ns3::BooleanValue(true));
    red->SetAttribute("LinkBandwidth", ns3::DataRateValue(ns3::DataRate(
                                           params.rate_bps > 0 ? params.rate_bps : N3_RATE_MAX_BPS)));
    red->AssignStreams(stream);
    return red;
}

uint32_t quanta(const n3_queue_params &params)
{
    const uint64_t packets = (params.queue_bytes + QUANTUM_BYTES - 1) / QUANTUM_BYTES;
    return params.queue_bytes == 0 ? params.queue_packets
                                   : static_cast<uint32_t>(std::min<uint64_t>(packets, params.queue_packets));
}

/* Where the limit of a disc would drop the newest frame, as has_room does, it is left open: stock queues do
 * not become shorter than what waits in them. */
Ptr<ns3::QueueDisc> StockDiscipline::make()
{
    Ptr<ns3::QueueDisc> next;
    if (kind == N3_DISCIPLINE_RED) {
        next = make_red(params, static_cast<int64_t>(stream + made++ % DISCIPLINE_STREAMS));
    } else if (kind == N3_DISCIPLINE_FQ_CODEL) {
        Ptr<ns3::FqCoDelQueueDisc> fair = ns3::CreateObject<ns3::FqCoDelQueueDisc>();
        fair->SetQuantum(QUANTUM_BYTES);
        next = fair;
    } else {
        next = ns3::CreateObject<ns3::CoDelQueueDisc>();
        next->SetAttribute("UseEcn", ns3::BooleanValue(true));
    }
    if (kind != N3_DISCIPLINE_RED)
        next->SetMaxSize(in_packets(N3_QUEUE_MAX_PACKETS));
    next->TraceConnectWithoutContext("Drop", ns3::MakeCallback(&StockDiscipline::dropped, this));
    next->Initialize();
    if (kind == N3_DISCIPLINE_FQ_CODEL)
        next->SetMaxSize(in_packets(quanta(params)));
    return next;
}

bool StockDiscipline::has_room(uint32_t length) const
{
    if (kind == N3_DISCIPLINE_FQ_CODEL)
        return true;
    return packets() < params.queue_packets && n3_queue_fits(params.queue_bytes, bytes(), length);
}

void StockDiscipline::dropped(Ptr<const ns3::QueueDiscItem> item)
{
    const n3_frame_node *const frame = static_cast<const FrameItem *>(PeekPointer(item))->look();
    frame->owner->note_drop(&frame->frame, N3_DROP_QUEUE);
    if (frame == putting)
        fate = N3_DROP_QUEUE;
}

/* The item gives back a frame that is dropped when ns-3 lets go of it. */
n3_status StockDiscipline::put(n3_frame_node *frame)
{
    if (!has_room(frame->frame.length))
        return frame->owner->dropped(&frame->frame, N3_DROP_QUEUE);
    fate = N3_OK;
    putting = frame;
    disc->Enqueue(ns3::Create<FrameItem>(nothing, frame));
    putting = nullptr;
    return fate;
}

n3_frame_node *StockDiscipline::next()
{
    Ptr<ns3::QueueDiscItem> item = disc->Dequeue();
    return item ? static_cast<FrameItem *>(PeekPointer(item))->take() : nullptr;
}

void StockDiscipline::set(const n3_queue_params &next_params)
{
    const bool other =
        next_params.queue_packets != params.queue_packets || next_params.queue_bytes != params.queue_bytes;
    params = next_params;
    if (other && kind == N3_DISCIPLINE_FQ_CODEL)
        disc->SetMaxSize(in_packets(quanta(params)));
    if (!other || kind != N3_DISCIPLINE_RED)
        return;
    Ptr<ns3::QueueDisc> before = disc;
    disc = make();
    while (Ptr<ns3::QueueDiscItem> item = before->Dequeue())
        disc->Enqueue(item);
    before->Dispose();
}

uint32_t StockDiscipline::packets() const
{
    return disc->GetNPackets();
}

uint64_t StockDiscipline::bytes() const
{
    return disc->GetNBytes();
}

} // namespace

std::unique_ptr<Discipline> make_discipline(n3_discipline kind, const n3_queue_params &params,
                                            uint64_t stream)
{
    return std::make_unique<StockDiscipline>(kind, params, stream);
}

} // namespace n3
