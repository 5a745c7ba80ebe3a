/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/ns3/models/medium.hh"

#include <ns3/ap-wifi-mac.h>
#include <ns3/boolean.h>
#include <ns3/channel-access-manager.h>
#include <ns3/mobility-model.h>
#include <ns3/qos-txop.h>
#include <ns3/ssid.h>
#include <ns3/sta-wifi-mac.h>
#include <ns3/string.h>
#include <ns3/uinteger.h>
#include <ns3/wifi-default-assoc-manager.h>
#include <ns3/wifi-mac-queue.h>
#include <ns3/wifi-mpdu.h>
#include <ns3/wifi-net-device.h>
#include <ns3/wifi-phy-listener.h>
#include <ns3/yans-wifi-channel.h>
#include <ns3/yans-wifi-helper.h>

namespace n3 {
namespace {

constexpr uint32_t LLC_HEADER_BYTES = 8;
constexpr double MM = 1000;

/* A place on a straight line through the access point, and the way to another one. */
class Walker final : public ns3::MobilityModel {
  public:
    static ns3::TypeId GetTypeId()
    {
        static ns3::TypeId tid = ns3::TypeId("roam::Walker").SetParent<ns3::MobilityModel>();
        return tid;
    }

    void place(uint64_t mm)
    {
        from_mm = to_mm = static_cast<double>(mm);
        since_ns = until_ns = 0;
    }

    void walk(uint64_t mm, uint64_t over_ns)
    {
        from_mm = distance_mm();
        to_mm = static_cast<double>(mm);
        since_ns = now_ns();
        until_ns = since_ns + static_cast<double>(over_ns);
    }

    double distance_mm() const
    {
        double now = now_ns();
        return now >= until_ns ? to_mm
                               : from_mm + (to_mm - from_mm) * (now - since_ns) / (until_ns - since_ns);
    }

    /* A radio that is switched off is out of everybody's reach. */
    bool off = false;

  private:
    static constexpr double OUT_OF_REACH_M = 1e9;

    static double now_ns()
    {
        return static_cast<double>(ns3::Simulator::Now().GetTimeStep());
    }

    ns3::Vector DoGetPosition() const override
    {
        return ns3::Vector(off ? OUT_OF_REACH_M : distance_mm() / MM, 0, 0);
    }

    void DoSetPosition(const ns3::Vector &position) override
    {
        place(static_cast<uint64_t>(position.x * MM));
    }

    ns3::Vector DoGetVelocity() const override
    {
        bool still = off || now_ns() >= until_ns;
        return ns3::Vector(still ? 0 : (to_mm - from_mm) * 1e9 / MM / (until_ns - since_ns), 0, 0);
    }

    double from_mm = 0;
    double to_mm = 0;
    double since_ns = 0;
    double until_ns = 0;
};

/* A way to private members of ns-3's that the language allows: names in an explicit instantiation are not
 * checked for access. */
ns3::EventId &pending_request(ns3::StaWifiMac &mac);
void disassociate(ns3::StaWifiMac &mac);
template <ns3::EventId ns3::StaWifiMac::*REQUEST, void (ns3::StaWifiMac::*DISASSOCIATED)(uint8_t)>
struct Access {
    friend ns3::EventId &pending_request(ns3::StaWifiMac &mac)
    {
        return mac.*REQUEST;
    }
    friend void disassociate(ns3::StaWifiMac &mac)
    {
        (mac.*DISASSOCIATED)(0);
    }
};
template struct Access<&ns3::StaWifiMac::m_assocRequestEvent, &ns3::StaWifiMac::Disassociated>;

/*
 * Scans as ns-3's own manager does when it listens for beacons. When ns-3.37 gives an access point up for its
 * missed beacons, it leaves the repetition of a request for association scheduled, and aborts the process
 * when that comes up without an access point; so it is cancelled here.
 */
class AssocManager final : public ns3::WifiDefaultAssocManager {
  public:
    static ns3::TypeId GetTypeId()
    {
        static ns3::TypeId tid = ns3::TypeId("roam::AssocManager")
                                     .SetParent<ns3::WifiDefaultAssocManager>()
                                     .AddConstructor<AssocManager>();
        return tid;
    }

  private:
    void DoStartScanning() override
    {
        pending_request(*m_mac).Cancel();
        end.Cancel();
        end = ns3::Simulator::Schedule(GetScanParams().maxChannelTime, &AssocManager::EndScanning, this);
    }

    bool CanBeInserted(const ns3::StaWifiMac::ApInfo &) const override
    {
        return end.IsRunning();
    }

    void DoDispose() override
    {
        end.Cancel();
        WifiDefaultAssocManager::DoDispose();
    }

    ns3::EventId end;
};

Ptr<ns3::QueueBase> queue_of(const Ptr<NetDevice> &device)
{
    return ns3::StaticCast<ns3::WifiNetDevice>(device)->GetMac()->GetTxopQueue(ns3::AC_BE);
}

/*
 * Before a radio goes off. A station that gives its access point up empties its queues then: ns-3.37 takes
 * out what is next to be sent until nothing is there, tells nobody of it, and ends by a null pointer when all
 * that is left has outlived its time in the queue, which is never next. So all is taken out here, and
 * counted.
 */
class BeforeOff final : public ns3::WifiPhyListener {
  public:
    using Lost = ns3::Callback<void, Ptr<const Packet>>;

    BeforeOff(Ptr<ns3::WifiNetDevice> in_device, Lost in_lost)
        : device(ns3::PeekPointer(in_device)), lost(in_lost)
    {
        /* Listeners are called in order, and it is a listener that empties the queues. */
        Ptr<ns3::ChannelAccessManager> access = device->GetMac()->GetChannelAccessManager();
        access->RemovePhyListener(device->GetPhy());
        device->GetPhy()->RegisterListener(this);
        access->SetupPhyListener(device->GetPhy());
    }

    void NotifyOff() override
    {
        for (ns3::AcIndex category : {ns3::AC_BE, ns3::AC_BK, ns3::AC_VI, ns3::AC_VO}) {
            Ptr<ns3::WifiMacQueue> queue = device->GetMac()->GetTxopQueue(category);
            queue->ExtractAllExpiredMpdus();
            queue->WipeAllExpiredMpdus();
            while (Ptr<ns3::WifiMpdu> next = queue->Peek(ns3::SINGLE_LINK_OP_ID)) {
                lost(next->GetPacket());
                queue->Remove(next);
            }
        }
    }

    void NotifyRxStart(ns3::Time) override
    {
    }
    void NotifyRxEndOk() override
    {
    }
    void NotifyRxEndError() override
    {
    }
    void NotifyTxStart(ns3::Time, double) override
    {
    }
    void NotifyCcaBusyStart(ns3::Time, ns3::WifiChannelListType, const std::vector<ns3::Time> &) override
    {
    }
    void NotifySwitchingStart(ns3::Time) override
    {
    }
    void NotifySleep() override
    {
    }
    void NotifyWakeup() override
    {
    }
    void NotifyOn() override
    {
    }

  private:
    ns3::WifiNetDevice *device;
    Lost lost;
};

class WifiStation final : public Station {
  public:
    void leave() override
    {
        place->off = true;
    }

    void join_again() override
    {
        place->off = false;
    }

    Ptr<ns3::QueueBase> queue() const override
    {
        return queue_of(device);
    }

    bool walk(uint64_t mm, uint64_t over_ns) override
    {
        place->walk(mm, over_ns);
        return true;
    }

    uint64_t distance_mm() const override
    {
        return static_cast<uint64_t>(place->distance_mm() + 0.5);
    }

    /* The access point says that it does not know this station. */
    void turned_away()
    {
        Ptr<ns3::WifiNetDevice> radio = ns3::StaticCast<ns3::WifiNetDevice>(device);
        if (radio->GetPhy()->IsStateIdle()) {
            Ptr<ns3::StaWifiMac> mac = ns3::StaticCast<ns3::StaWifiMac>(radio->GetMac());
            if (mac->IsAssociated())
                disassociate(*mac);
        } else if (!told.IsRunning()) {
            told = ns3::Simulator::Schedule(ns3::MilliSeconds(1), &WifiStation::turned_away, this);
        }
    }

    Ptr<Walker> place = ns3::CreateObject<Walker>();

  private:
    ns3::EventId told;
};

/*
 * Best effort, which all is here, goes without aggregation (A-MPDU): where frames are lost at the edge of the
 * range, an agreement on block acknowledgements that one side has lost makes ns-3.37 abort the process.
 */
template <typename... Attributes>
ns3::WifiMacHelper mac_of(const char *type, const Attributes &...attributes)
{
    ns3::WifiMacHelper mac;
    mac.SetType(type, "Ssid", ns3::SsidValue(ns3::Ssid("roam")), "BE_MaxAmpduSize", ns3::UintegerValue(0),
                attributes...);
    return mac;
}

class WifiMedium final : public Medium {
  public:
    WifiMedium(n3_world *in_world, const n3_medium_options &in_options) : Medium(in_world, in_options)
    {
        (void)AssocManager::GetTypeId(); /* before it is looked for by name */
        ns3::YansWifiChannelHelper air;
        air.SetPropagationDelay("ns3::ConstantSpeedPropagationDelayModel");
        air.AddPropagationLoss("ns3::LogDistancePropagationLossModel");
        air.AddPropagationLoss("ns3::NakagamiPropagationLossModel");
        channel = air.Create();
        uint64_t stream = options.stream;
        stream += static_cast<uint64_t>(channel->AssignStreams(static_cast<int64_t>(stream)));
        Ptr<Walker> here = ns3::CreateObject<Walker>();
        here->place(0);
        gateway = make_device(mac_of("ns3::ApWifiMac"), nat_router_node, here, stream);
    }

    std::unique_ptr<Station> make_station(const n3_host_options &in_options, n3_node *host) override
    {
        auto station = std::make_unique<WifiStation>();
        station->place->place(in_options.distance_mm);
        ns3::WifiMacHelper mac = mac_of("ns3::StaWifiMac", "ActiveProbing", ns3::BooleanValue(false));
        mac.SetAssocManager("roam::AssocManager");
        station->device = make_device(mac, host, station->place, in_options.stream);
        return station;
    }

    Ptr<ns3::QueueBase> queue_at_gateway() const override
    {
        return queue_of(gateway);
    }

  private:
    Ptr<NetDevice> make_device(const ns3::WifiMacHelper &mac, n3_node *node, Ptr<Walker> place,
                               uint64_t stream)
    {
        ns3::WifiHelper wifi;
        wifi.SetStandard(ns3::WIFI_STANDARD_80211n);
        wifi.SetRemoteStationManager("ns3::MinstrelHtWifiManager");
        ns3::YansWifiPhyHelper phy;
        phy.SetChannel(channel);
        phy.Set("ChannelSettings", ns3::StringValue("{36, 20, BAND_5GHZ, 0}"));
        ns3::NetDeviceContainer made = wifi.Install(phy, mac, node->node);
        wifi.AssignStreams(made, static_cast<int64_t>(stream));
        Ptr<ns3::WifiNetDevice> device = ns3::StaticCast<ns3::WifiNetDevice>(made.Get(0));
        device->GetPhy()->SetMobility(place);
        device->GetMac()
            ->GetTxopQueue(ns3::AC_BE)
            ->SetMaxSize(ns3::QueueSize(ns3::QueueSizeUnit::PACKETS, options.queue_packets));
        device->GetMac()->TraceConnectWithoutContext("MacTxDrop",
                                                     ns3::MakeCallback(&WifiMedium::refused, this));
        device->GetMac()->TraceConnectWithoutContext("DroppedMpdu",
                                                     ns3::MakeCallback(&WifiMedium::dropped, this));
        device->GetMac()->TraceConnectWithoutContext("MacRxDrop",
                                                     ns3::MakeCallback(&WifiMedium::not_taken, this));
        radios.push_back(std::make_unique<BeforeOff>(device, ns3::MakeCallback(&WifiMedium::flushed, this)));
        listen(device);
        return device;
    }

    /* Not associated. */
    void refused(Ptr<const Packet> packet)
    {
        lost(packet, LLC_HEADER_BYTES, N3_DROP_MEDIUM);
    }

    /*
     * Received, but by a station or access point that does not hold itself associated with the sender. When
     * that is the access point (only the acknowledgements of its response to the station's request were
     * lost), a real one answers with a Disassociation frame (IEEE 802.11-2020, 11.3.4); that of ns-3 never
     * does, so the station is disassociated here.
     */
    void not_taken(Ptr<const Packet> packet)
    {
        MediumEnd *end = lost(packet, LLC_HEADER_BYTES, N3_DROP_MEDIUM);
        if (end != nullptr && end->up)
            static_cast<WifiStation *>(end->station)->turned_away();
    }

    void flushed(Ptr<const Packet> packet)
    {
        lost(packet, LLC_HEADER_BYTES, N3_DROP_MEDIUM);
    }

    void dropped(ns3::WifiMacDropReason, Ptr<const ns3::WifiMpdu> mpdu)
    {
        lost(mpdu->GetPacket(), LLC_HEADER_BYTES, N3_DROP_MEDIUM);
    }

    Ptr<ns3::YansWifiChannel> channel;
    std::vector<std::unique_ptr<BeforeOff>> radios;
};

} // namespace

std::unique_ptr<n3_medium> make_wifi(n3_world *world, const n3_medium_options &options)
{
    return std::make_unique<WifiMedium>(world, options);
}

} // namespace n3
