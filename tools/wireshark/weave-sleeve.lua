-- Sleeve, the UDP encapsulation of Weave Net (port 6783), for Wireshark and tshark:
--
--     tshark -X lua_script:tools/wireshark/weave-sleeve.lua -r capture.pcapng
--
-- or copy it into Wireshark's folder of personal Lua plugins. The frames inside go on to the Ethernet dissector, so
-- that display filters such as `icmp` or `arp` find them. What is encrypted shows its header in clear and its length.

local sleeve = Proto("weave_sleeve", "Weave Net sleeve")

local NAME_LENGTH = 6
local FRAME_HEADER_LENGTH = 14
local ETHERNET_HEADER_LENGTH = 14
local SEQUENCE_LENGTH = 8
local TAG_LENGTH = 16
local HEARTBEAT_LENGTH = 22
local FRAGMENTATION_TEST_LENGTH = 60001

local f = sleeve.fields
f.sender = ProtoField.ether("weave_sleeve.sender", "Sending peer")
f.df = ProtoField.bool("weave_sleeve.df", "Sent with DF", 8, nil, 0x80)
f.sequence = ProtoField.uint64("weave_sleeve.sequence", "Sequence number")
f.tag = ProtoField.bytes("weave_sleeve.tag", "Poly1305 tag")
f.ciphertext = ProtoField.bytes("weave_sleeve.ciphertext", "Encrypted frames")
f.source = ProtoField.ether("weave_sleeve.source", "Capturing peer")
f.destination = ProtoField.ether("weave_sleeve.destination", "Destination peer")
f.length = ProtoField.uint16("weave_sleeve.length", "Frame length")
f.special = ProtoField.string("weave_sleeve.special", "Special frame")
f.uid = ProtoField.uint64("weave_sleeve.connection_uid", "Connection UID", base.HEX)
f.mtu = ProtoField.uint16("weave_sleeve.tested_mtu", "Tested MTU")

local trailing = ProtoExpert.new("weave_sleeve.trailing", "Bytes behind the last frame",
  expert.group.MALFORMED, expert.severity.ERROR)
sleeve.experts = { trailing }

local ENCRYPTION = {
  { 1, "As the datagram looks", 0 },
  { 2, "Never", 1 },
  { 3, "Always", 2 },
}
sleeve.prefs.encrypted = Pref.enum("Encrypted", 0, "Whether datagrams are encrypted", ENCRYPTION, false)

local ethernet = Dissector.get("eth_withoutfcs")

-- Whether frames with their headers fill the datagram to its end: what is encrypted hardly ever looks like that.
local function isPlain(buffer)
  local at = NAME_LENGTH
  while at < buffer:reported_len() do
    if at + FRAME_HEADER_LENGTH > buffer:len() then return false end
    at = at + FRAME_HEADER_LENGTH + buffer(at + 12, 2):uint()
  end
  return at == buffer:reported_len()
end

local function isSpecial(frame)
  if frame:len() < ETHERNET_HEADER_LENGTH then return false end
  for i = 0, ETHERNET_HEADER_LENGTH - 1 do
    if frame(i, 1):uint() ~= 0 then return false end
  end
  return true
end

-- Frames that routers make up themselves are told apart by their length.
local function addSpecial(frame, length, tree, pinfo)
  local text
  if length == HEARTBEAT_LENGTH then
    text = "heartbeat"
    if frame:len() >= HEARTBEAT_LENGTH then tree:add(f.uid, frame(ETHERNET_HEADER_LENGTH, 8)) end
  elseif length == FRAGMENTATION_TEST_LENGTH then
    text = "fragmentation test"
  else
    text = "MTU test"
    tree:add(f.mtu, length - ETHERNET_HEADER_LENGTH)
  end
  tree:add(f.special, frame(), text)
  pinfo.cols.info:append(" " .. text)
end

local function addFrame(buffer, at, tree, pinfo)
  local length = buffer(at + 12, 2):uint()
  local there = math.min(FRAME_HEADER_LENGTH + length, buffer:len() - at)
  local item = tree:add(sleeve, buffer(at, there), "Frame of " .. length .. " bytes")
  item:add(f.source, buffer(at, 6))
  item:add(f.destination, buffer(at + 6, 6))
  item:add(f.length, buffer(at + 12, 2))
  if there > FRAME_HEADER_LENGTH then
    local frame = buffer(at + FRAME_HEADER_LENGTH, there - FRAME_HEADER_LENGTH):tvb()
    if isSpecial(frame) then addSpecial(frame, length, item, pinfo)
    else ethernet:call(frame, pinfo, tree) end
  end
  return at + FRAME_HEADER_LENGTH + length
end

local function addFrames(buffer, tree, pinfo)
  local at = NAME_LENGTH
  while at + FRAME_HEADER_LENGTH <= buffer:len() do at = addFrame(buffer, at, tree, pinfo) end
  if at ~= buffer:reported_len() then tree:add_proto_expert_info(trailing) end
end

local function addEncrypted(buffer, tree, pinfo)
  local header = NAME_LENGTH + SEQUENCE_LENGTH + TAG_LENGTH
  if buffer:len() < header then
    tree:add_proto_expert_info(trailing)
    return
  end
  tree:add(f.df, buffer(NAME_LENGTH, 1))
  local high = buffer(NAME_LENGTH, 4):uint() % 0x80000000
  tree:add(f.sequence, buffer(NAME_LENGTH, SEQUENCE_LENGTH), UInt64(buffer(NAME_LENGTH + 4, 4):uint(), high))
  tree:add(f.tag, buffer(NAME_LENGTH + SEQUENCE_LENGTH, TAG_LENGTH))
  if buffer:len() > header then tree:add(f.ciphertext, buffer(header)) end
  pinfo.cols.info:append(" encrypted, " .. (buffer:reported_len() - header) .. " bytes")
end

function sleeve.dissector(buffer, pinfo, tree)
  if buffer:len() < NAME_LENGTH then return 0 end
  pinfo.cols.protocol = "Sleeve"
  pinfo.cols.info = "Sleeve"
  local item = tree:add(sleeve, buffer(), "Weave Net sleeve, from " .. tostring(buffer(0, NAME_LENGTH):ether()))
  item:add(f.sender, buffer(0, NAME_LENGTH))
  local mode = sleeve.prefs.encrypted
  if mode == 2 or (mode == 0 and not isPlain(buffer)) then addEncrypted(buffer, item, pinfo)
  else addFrames(buffer, item, pinfo) end
  return buffer:len()
end

DissectorTable.get("udp.port"):add(6783, sleeve)
