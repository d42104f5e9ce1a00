// The benchmark `cluster` in ns-3: nodes with a bridge and pods behind it, all nodes on one switch, a static
// route to the pods of each other node, ARP. Pod i of a node sends to pod i of the next node.
//
// A cable or a veth pair is a CSMA channel with two devices, ns-3's Ethernet; a bridge is a BridgeNetDevice.
#include "common.h"

#include "ns3/bridge-module.h"
#include "ns3/csma-module.h"

using namespace ns3;

namespace
{

// node n has 192.168.0.1 + n and, on its bridge, 10.0.(n + 1).1; pod p of it 10.0.(n + 1).(p + 2)
uint32_t
NodeAddress(uint32_t node)
{
    return 0xc0a80001 + node;
}

uint32_t
PodSubnet(uint32_t node)
{
    return 0x0a000000 + ((node + 1) << 8);
}

struct Options
{
    uint32_t nodes = 10;
    uint32_t pods = 10;
    uint32_t packets = 1000;
    bool count = false;
};

/// A fresh Ethernet between two nodes.
NetDeviceContainer
Connect(const char* delay, Ptr<Node> a, Ptr<Node> b)
{
    CsmaHelper csma;
    csma.SetChannelAttribute("DataRate", StringValue("100Gbps"));
    csma.SetChannelAttribute("Delay", StringValue(delay));
    NodeContainer ends(a, b);
    return csma.Install(ends);
}

/// Gives node n its bridge, its pods and its cable to the switch; answers the devices of all its Ethernets.
NetDeviceContainer
BuildNode(uint32_t n, Ptr<Node> node, const NodeContainer& pods, Ptr<Node> lan, const Options& options)
{
    NetDeviceContainer devices = Connect("5us", node, lan);
    const uint32_t eth0 = peer::Assign(devices.Get(0), NodeAddress(n), "255.255.0.0");
    NetDeviceContainer ports;
    for (uint32_t p = 0; p < options.pods; ++p)
    {
        Ptr<Node> pod = pods.Get(n * options.pods + p);
        NetDeviceContainer veth = Connect("0ns", pod, node);
        const uint32_t out = peer::Assign(veth.Get(0), PodSubnet(n) + 2 + p, "255.255.255.0");
        peer::RoutesOf(pod)->SetDefaultRoute(Ipv4Address(PodSubnet(n) + 1), out);
        ports.Add(veth.Get(1));
        devices.Add(veth);
    }
    peer::Assign(BridgeHelper().Install(node, ports).Get(0), PodSubnet(n) + 1, "255.255.255.0");
    for (uint32_t other = 0; other < options.nodes; ++other)
    {
        if (other == n)
        {
            continue;
        }
        peer::RoutesOf(node)->AddNetworkRouteTo(Ipv4Address(PodSubnet(other)),
                                                Ipv4Mask("255.255.255.0"),
                                                Ipv4Address(NodeAddress(other)),
                                                eth0);
    }
    return devices;
}

} // namespace

int
main(int argc, char* argv[])
{
    Options options;
    CommandLine command(__FILE__);
    command.AddValue("nodes", "nodes, at most 250", options.nodes);
    command.AddValue("pods", "pods of each node, at most 250", options.pods);
    command.AddValue("packets", "datagrams of each pod", options.packets);
    command.AddValue("count", "count frames on all links", options.count);
    command.Parse(argc, argv);

    // Linux asks at once and keeps 212992 bytes for an address that does not answer yet, not 3 packets
    Config::SetDefault("ns3::ArpL3Protocol::RequestJitter",
                       StringValue("ns3::ConstantRandomVariable[Constant=0]"));
    Config::SetDefault("ns3::ArpCache::PendingQueueSize", UintegerValue(200));

    NodeContainer lan(1);
    NodeContainer nodes(options.nodes);
    NodeContainer pods(options.nodes * options.pods);
    peer::InstallIpv4(nodes);
    peer::InstallIpv4(pods);
    NetDeviceContainer devices;
    NetDeviceContainer ports;
    for (uint32_t n = 0; n < options.nodes; ++n)
    {
        NetDeviceContainer ofNode = BuildNode(n, nodes.Get(n), pods, lan.Get(0), options);
        ports.Add(ofNode.Get(1));
        devices.Add(ofNode);
    }
    BridgeHelper().Install(lan.Get(0), ports);
    for (uint32_t i = 0; options.count && i < devices.GetN(); ++i)
    {
        peer::CountHopsOf(devices.Get(i));
    }

    const Time interval = MilliSeconds(8);
    ApplicationContainer servers = UdpServerHelper(peer::PORT).Install(pods);
    for (uint32_t i = 0; i < pods.GetN(); ++i)
    {
        const uint32_t next = (i / options.pods + 1) % options.nodes;
        const uint32_t to = PodSubnet(next) + 2 + i % options.pods;
        // senders take turns within the interval, as podwire's do
        peer::AddFlow(pods.Get(i), to, options.packets, interval, interval * i / pods.GetN());
    }
    peer::RunAndPrint(interval * (options.packets + 1), servers);
}
