/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/ns3/models/medium.hh"

#include <ns3/csma-channel.h>
#include <ns3/csma-net-device.h>
#include <ns3/data-rate.h>
#include <ns3/drop-tail-queue.h>
#include <ns3/mac48-address.h>

namespace n3 {
namespace {

constexpr uint32_t ETHERNET_HEADER_BYTES = 14;

Ptr<ns3::QueueBase> queue_of(const Ptr<NetDevice> &device)
{
    return ns3::StaticCast<ns3::CsmaNetDevice>(device)->GetQueue();
}

class CsmaStation final : public Station {
  public:
    void leave() override
    {
    }

    void join_again() override
    {
    }

    Ptr<ns3::QueueBase> queue() const override
    {
        return queue_of(device);
    }
};

class CsmaMedium final : public Medium {
  public:
    CsmaMedium(n3_world *in_world, const n3_medium_options &in_options) : Medium(in_world, in_options)
    {
        channel->SetAttribute("DataRate", ns3::DataRateValue(ns3::DataRate(options.rate_bps)));
        gateway = make_device(nat_router_node, options.stream);
    }

    std::unique_ptr<Station> make_station(const n3_host_options &in_options, n3_node *host) override
    {
        auto station = std::make_unique<CsmaStation>();
        station->device = make_device(host, in_options.stream);
        return station;
    }

    Ptr<ns3::QueueBase> queue_at_gateway() const override
    {
        return queue_of(gateway);
    }

  private:
    Ptr<NetDevice> make_device(n3_node *node, uint64_t stream)
    {
        Ptr<ns3::CsmaNetDevice> device = ns3::CreateObject<ns3::CsmaNetDevice>();
        Ptr<ns3::DropTailQueue<Packet>> queue = ns3::CreateObject<ns3::DropTailQueue<Packet>>();
        queue->SetMaxSize(ns3::QueueSize(ns3::QueueSizeUnit::PACKETS, options.queue_packets));
        device->SetAddress(ns3::Mac48Address::Allocate());
        device->SetQueue(queue);
        device->SetMtu(N3_CSMA_MTU);
        node->node->AddDevice(device);
        device->Attach(channel);
        device->AssignStreams(static_cast<int64_t>(stream));
        device->TraceConnectWithoutContext("PhyTxDrop", ns3::MakeCallback(&CsmaMedium::aborted, this));
        listen(device);
        return device;
    }

    void aborted(Ptr<const Packet> packet)
    {
        lost(packet, ETHERNET_HEADER_BYTES, N3_DROP_MEDIUM);
    }

    Ptr<ns3::CsmaChannel> channel = ns3::CreateObject<ns3::CsmaChannel>();
};

} // namespace

std::unique_ptr<n3_medium> make_csma(n3_world *world, const n3_medium_options &options)
{
    return std::make_unique<CsmaMedium>(world, options);
}

} // namespace n3
