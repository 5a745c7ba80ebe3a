/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ns-3's queue discs with frames in them, for a queue that hosts share. */
#ifndef SIM_NS3_DISCIPLINE_HH
#define SIM_NS3_DISCIPLINE_HH

#include "sim/ns3/internal.hh"

#include <ns3/queue-disc.h>

namespace n3 {

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

/* codel, fq-codel or red, with its parameters, ready. Drops are told with the frame's owner. */
class Discipline {
  public:
    Discipline(n3_discipline kind, const n3_queue_params &params, uint64_t stream);
    ~Discipline();
    Discipline(const Discipline &) = delete;
    Discipline &operator=(const Discipline &) = delete;

    n3_status put(n3_frame_node *frame);
    n3_frame_node *next();
    void set(const n3_queue_params &next_params);
    uint32_t packets() const;
    uint64_t bytes() const;

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

/* As many streams as a discipline may use. */
constexpr uint64_t DISCIPLINE_STREAMS = N3_MEDIUM_STREAMS / 2;

} // namespace n3

#endif
