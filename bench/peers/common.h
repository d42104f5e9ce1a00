// What the ns-3 programs share: plain IPv4 set-up, a stopwatch, and the line of JSON that they print.
#pragma once

#include "ns3/applications-module.h"
#include "ns3/core-module.h"
#include "ns3/internet-module.h"
#include "ns3/network-module.h"

#include <sys/resource.h>

#include <chrono>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace peer
{

constexpr uint16_t PORT = 9000;
constexpr uint32_t PAYLOAD = 1000;

/// Wall and processor seconds since it was made.
class Stopwatch
{
  public:
    double Wall() const
    {
        return std::chrono::duration<double>(Clock::now() - m_begun).count();
    }

    double Processor() const
    {
        return Used() - m_used;
    }

  private:
    using Clock = std::chrono::steady_clock;

    static double Used()
    {
        rusage usage{};
        getrusage(RUSAGE_SELF, &usage);
        const auto seconds = [](const timeval& t) { return t.tv_sec + t.tv_usec / 1e6; };
        return seconds(usage.ru_utime) + seconds(usage.ru_stime);
    }

    const Clock::time_point m_begun = Clock::now();
    const double m_used = Used();
};

/// IPv4 with static routes and no IPv6: what the workload needs, and the fastest that ns-3 offers for it.
inline void
InstallIpv4(const ns3::NodeContainer& nodes)
{
    ns3::InternetStackHelper stack;
    stack.SetRoutingHelper(ns3::Ipv4StaticRoutingHelper());
    stack.SetIpv6StackInstall(false);
    stack.Install(nodes);
}

/// Gives a device its address and answers its interface. Ipv4AddressHelper would also install a queueing
/// discipline on every device, which a veth pair does not have and which would slow ns-3 down.
inline uint32_t
Assign(ns3::Ptr<ns3::NetDevice> device, uint32_t address, const char* mask)
{
    auto ipv4 = device->GetNode()->GetObject<ns3::Ipv4>();
    const uint32_t interface = ipv4->AddInterface(device);
    ipv4->AddAddress(interface, ns3::Ipv4InterfaceAddress(ns3::Ipv4Address(address), mask));
    ipv4->SetUp(interface);
    return interface;
}

inline ns3::Ptr<ns3::Ipv4StaticRouting>
RoutesOf(ns3::Ptr<ns3::Node> node)
{
    auto protocol = node->GetObject<ns3::Ipv4>()->GetRoutingProtocol();
    return ns3::DynamicCast<ns3::Ipv4StaticRouting>(protocol);
}

/// A flow of datagrams from one node to an address.
inline void
AddFlow(ns3::Ptr<ns3::Node> from, uint32_t to, uint32_t packets, ns3::Time every, ns3::Time start)
{
    ns3::UdpClientHelper client(ns3::InetSocketAddress(ns3::Ipv4Address(to), PORT));
    client.SetAttribute("MaxPackets", ns3::UintegerValue(packets));
    client.SetAttribute("Interval", ns3::TimeValue(every));
    client.SetAttribute("PacketSize", ns3::UintegerValue(PAYLOAD));
    client.Install(from).Start(start);
}

inline uint64_t
Delivered(const ns3::ApplicationContainer& servers)
{
    uint64_t delivered = 0;
    for (auto server = servers.Begin(); server != servers.End(); ++server)
    {
        delivered += ns3::DynamicCast<ns3::UdpServer>(*server)->GetReceived();
    }
    return delivered;
}

inline uint64_t g_hops = 0;

inline void
CountHop(ns3::Ptr<const ns3::Packet>)
{
    ++g_hops;
}

/// Counts what the device has sent. A trace costs time: only for checking that the workload is the same.
inline void
CountHopsOf(ns3::Ptr<ns3::NetDevice> device)
{
    device->TraceConnectWithoutContext("PhyTxEnd", ns3::MakeCallback(&CountHop));
}

/// Runs until `stop` and prints what came of it, times in nanoseconds.
inline void
RunAndPrint(ns3::Time stop, const ns3::ApplicationContainer& servers)
{
    ns3::Simulator::Stop(stop);
    const Stopwatch watch;
    ns3::Simulator::Run();
    const double wall = watch.Wall();
    const double processor = watch.Processor();
    std::printf("{\"wall\":%.0f,\"processor\":%.0f,\"hops\":%" PRIu64 ",\"events\":%" PRIu64
                ",\"delivered\":%" PRIu64 "}\n",
                wall * 1e9,
                processor * 1e9,
                g_hops,
                ns3::Simulator::GetEventCount(),
                Delivered(servers));
    std::fflush(stdout);
    // taking ten thousand nodes apart is slow and is not what is measured
    std::_Exit(0);
}

} // namespace peer
