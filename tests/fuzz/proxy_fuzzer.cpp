/// A PROXY header comes apart the same way however it is split; what is behind it is left; what it
/// names are addresses and ports, and written again as a line they are read as the same.
#include "lib/base/network.hpp"
#include "lib/base/text.hpp"
#include "lib/mail/proxy_header.hpp"
#include "tests/fuzz/support.hpp"

namespace smtpd::fuzz {
namespace {

using io::ProxyHeader;
using io::ProxyReader;

constexpr std::size_t longest = 16 + 65'535;

struct Reading {
  ProxyReader reader;
  std::size_t taken = 0;
};

Reading read(std::string_view text, unsigned split) {
  Reading reading;
  Splitter splitter(split);
  while (reading.taken < text.size() && reading.reader.state() == ProxyReader::State::more) {
    const std::size_t piece = splitter.next(text.size() - reading.taken);
    const std::size_t used = reading.reader.feed(text.substr(reading.taken, piece));
    require(used <= piece, "no more is taken than there is");
    require(used == piece || reading.reader.state() != ProxyReader::State::more,
            "an unfinished header takes all that there is");
    reading.taken += used;
  }
  require(reading.taken <= longest, "a header has its bounds");
  return reading;
}

bool same(const ProxyHeader& a, const ProxyHeader& b) {
  if (a.tls.has_value() != b.tls.has_value()) return false;
  if (a.tls && (a.tls->certificate != b.tls->certificate || a.tls->verify != b.tls->verify ||
                a.tls->protocol != b.tls->protocol || a.tls->cipher != b.tls->cipher ||
                a.tls->common_name != b.tls->common_name))
    return false;
  return a.kind == b.kind && a.version == b.version && a.source == b.source &&
         a.source_port == b.source_port && a.destination == b.destination &&
         a.destination_port == b.destination_port && a.authority == b.authority;
}

void check_client(const ProxyHeader& header) {
  const auto from = IpAddress::parse(header.source), to = IpAddress::parse(header.destination);
  require(from && to, "the addresses are addresses");
  require(to_number(header.source_port).value_or(65'536) <= 65'535, "the source port is a port");
  require(to_number(header.destination_port).value_or(65'536) <= 65'535,
          "the destination port is a port");
  if (from->v6 != to->v6) return;  // one was IPv4 in IPv6
  const std::string line = std::string("PROXY ") + (from->v6 ? "TCP6 " : "TCP4 ") + header.source +
                           ' ' + header.destination + ' ' + header.source_port + ' ' +
                           header.destination_port + "\r\n";
  const Reading again = read(line, 0);
  require(again.reader.state() == ProxyReader::State::done && again.taken == line.size(),
          "the line of a header is one");
  const ProxyHeader& other = again.reader.header();
  require(other.source == header.source && other.destination == header.destination &&
              other.source_port == header.source_port &&
              other.destination_port == header.destination_port,
          "the line says the same");
}

}  // namespace
}  // namespace smtpd::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace smtpd::fuzz;
  Input input(data, size);
  const unsigned split = input.octet();
  const Reading whole = read(input.rest(), 0), pieces = read(input.rest(), split);
  require(whole.reader.state() == pieces.reader.state(), "every split ends the same");
  if (whole.reader.state() == ProxyReader::State::failed)
    require(whole.reader.problem() == pieces.reader.problem(), "every split fails the same");
  if (whole.reader.state() != ProxyReader::State::done) return 0;
  require(whole.taken == pieces.taken, "every split takes the same");
  require(same(whole.reader.header(), pieces.reader.header()), "every split says the same");
  if (whole.reader.header().kind == ProxyHeader::Kind::client) check_client(whole.reader.header());
  return 0;
}
