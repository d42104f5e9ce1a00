// The benchmark `chain` in ns-3: one flow through a line of routers, each with a static route to every subnet.
#include "common.h"

#include "ns3/point-to-point-module.h"

using namespace ns3;

namespace
{

/// Link s is 10.0.s.0/24 with .1 on its left and .2 on its right.
uint32_t
Subnet(uint32_t link)
{
    return 0x0a000000 + (link << 8);
}

/// A point-to-point link: ns-3's fastest, without Ethernet and ARP. Its Ethernet is half duplex and would be full.
NetDeviceContainer
Connect(NodeContainer ends)
{
    PointToPointHelper link;
    link.SetDeviceAttribute("DataRate", StringValue("10Gbps"));
    link.SetChannelAttribute("Delay", StringValue("1us"));
    return link.Install(ends);
}

/// Routes of host i to all subnets that it has no interface in; on its left is interface 1, on its right 2.
void
AddRoutes(Ptr<Node> host, uint32_t i, uint32_t links)
{
    const uint32_t right = i == 0 ? 1 : 2;
    for (uint32_t subnet = 0; subnet < links; ++subnet)
    {
        if (subnet + 1 == i || subnet == i)
        {
            continue;
        }
        const bool left = subnet < i;
        const uint32_t gateway = left ? Subnet(i - 1) + 1 : Subnet(i) + 2;
        peer::RoutesOf(host)->AddNetworkRouteTo(Ipv4Address(Subnet(subnet)),
                                                Ipv4Mask("255.255.255.0"),
                                                Ipv4Address(gateway),
                                                left ? 1 : right);
    }
}

} // namespace

int
main(int argc, char* argv[])
{
    uint32_t routers = 4;
    uint32_t packets = 100000;
    bool count = false;
    CommandLine command(__FILE__);
    command.AddValue("routers", "routers between the two hosts", routers);
    command.AddValue("packets", "datagrams", packets);
    command.AddValue("count", "count frames on all links", count);
    command.Parse(argc, argv);

    const uint32_t links = routers + 1;
    NodeContainer hosts(routers + 2);
    peer::InstallIpv4(hosts);
    for (uint32_t link = 0; link < links; ++link)
    {
        NetDeviceContainer ends = Connect(NodeContainer(hosts.Get(link), hosts.Get(link + 1)));
        for (uint32_t end = 0; end < 2; ++end)
        {
            peer::Assign(ends.Get(end), Subnet(link) + 1 + end, "255.255.255.0");
            if (count)
            {
                peer::CountHopsOf(ends.Get(end));
            }
        }
    }
    for (uint32_t i = 0; i < hosts.GetN(); ++i)
    {
        AddRoutes(hosts.Get(i), i, links);
    }

    const Time interval = MicroSeconds(2);
    ApplicationContainer servers = UdpServerHelper(peer::PORT).Install(hosts.Get(links));
    peer::AddFlow(hosts.Get(0), Subnet(routers) + 2, packets, interval, Time(0));
    peer::RunAndPrint(interval * packets + MilliSeconds(10), servers);
}
