#include "lib/mail/proxy_header.hpp"

#include <algorithm>

#include "lib/base/network.hpp"
#include "lib/base/text.hpp"

namespace smtpd::io {
namespace {

using namespace std::string_view_literals;

constexpr auto signature = "\r\n\r\n\0\r\nQUIT\n"sv;  // version 2
constexpr auto keyword = "PROXY "sv;                  // version 1
constexpr std::size_t longest_line = 107;             // of version 1, CRLF included
constexpr std::size_t fixed = 16;                     // octets of version 2 before its block
constexpr std::size_t longest_unix_path = 108;

/// Types of the vectors in a block of version 2.
namespace type {
constexpr unsigned authority = 0x02, checksum = 0x03, tls = 0x20;
constexpr unsigned tls_version = 0x21, tls_common_name = 0x22, tls_cipher = 0x23;
}  // namespace type

unsigned octet(char c) { return static_cast<unsigned char>(c); }

// Of the fixed part of version 2.
unsigned command_of(std::string_view header) { return octet(header[12]) & 15; }
unsigned family_of(std::string_view header) { return octet(header[13]) >> 4; }
unsigned transport_of(std::string_view header) { return octet(header[13]) & 15; }

/// A number in network order that fills `octets`.
std::uint32_t number_in(std::string_view octets) {
  std::uint32_t number = 0;
  for (const char c : octets) number = number << 8 | octet(c);
  return number;
}

/// The address in its usual spelling, IPv4 taken out of IPv6.
std::string usual(std::string_view octets) {
  IpAddress address{.v6 = octets.size() == 16};
  std::ranges::transform(octets, address.octets.begin(),
                         [](char c) { return static_cast<unsigned char>(c); });
  return address.unmapped().text();
}

/// An address of version 1; empty if it is none of that family.
std::string address_in(std::string_view text, bool v6) {
  const auto address = IpAddress::parse(text);
  return address && address->v6 == v6 ? address->unmapped().text() : std::string();
}

/// 0 to 65535 without leading zeros.
bool is_port(std::string_view text) {
  const auto number = to_number(text);
  return number && *number <= 65'535 && (text.size() == 1 || text[0] != '0');
}

/// CRC32c (RFC 4960 B), bit by bit: the header is short.
std::uint32_t crc32c(std::string_view octets) {
  constexpr std::uint32_t polynomial = 0x82F63B78;
  std::uint32_t sum = 0xFFFFFFFF;
  for (const char c : octets) {
    sum ^= octet(c);
    for (int bit = 0; bit < 8; ++bit) sum = sum >> 1 ^ ((sum & 1) != 0 ? polynomial : 0);
  }
  return ~sum;
}

/// Calls `take` with the type and the value of each vector; false if one is longer than the rest.
template <class F>
bool each_vector(std::string_view vectors, F take) {
  constexpr std::size_t head = 3;
  while (!vectors.empty()) {
    if (vectors.size() < head) return false;
    const std::size_t length = number_in(vectors.substr(1, 2));
    const unsigned kind = octet(vectors[0]);
    vectors.remove_prefix(head);
    if (vectors.size() < length) return false;
    take(kind, vectors.substr(0, length));
    vectors.remove_prefix(length);
  }
  return true;
}

}  // namespace

void ProxyReader::fail(std::string_view problem) {
  if (state_ == State::failed) return;  // the first reason counts
  state_ = State::failed;
  problem_ = problem;
}

/// How many octets may be taken without taking one that stands behind the header.
std::size_t ProxyReader::needed() const {
  if (!octets_.starts_with(signature.substr(0, 1))) return 1;  // the end of a line is not foreseen
  if (octets_.size() < fixed) return fixed - octets_.size();
  return fixed + number_in(std::string_view(octets_).substr(14, 2)) - octets_.size();
}

std::size_t ProxyReader::feed(std::string_view octets) {
  std::size_t taken = 0;
  while (state_ == State::more && taken < octets.size()) {
    const auto piece = octets.substr(taken, needed());
    octets_ += piece;
    taken += piece.size();
    look();
  }
  return taken;
}

void ProxyReader::look() {
  const std::string_view all = octets_;
  const auto begins_as = [&](std::string_view text) {
    const std::size_t size = std::min(all.size(), text.size());
    return all.substr(0, size) == text.substr(0, size);
  };
  if (begins_as(keyword)) {
    if (all.ends_with('\n')) return read_line();
    if (all.size() >= longest_line) fail("the line is longer than 107 octets");
    return;
  }
  if (!begins_as(signature)) return fail("it does not begin as a PROXY header does");
  if (all.size() < fixed) return;
  if (all.size() == fixed) check_head();
  if (state_ == State::more && all.size() == fixed + number_in(all.substr(14, 2))) read_block();
}

void ProxyReader::read_line() {
  std::string_view line = octets_;
  if (!line.ends_with("\r\n")) return fail("the line does not end in CRLF");
  line.remove_suffix(2);
  if (line.find('\r') != line.npos) return fail("there is a bare CR in the line");
  line.remove_prefix(keyword.size());
  const auto parts = split(line, ' ');
  state_ = State::done;
  header_.version = 1;
  header_.kind = ProxyHeader::Kind::unknown;
  if (parts[0] == "UNKNOWN") return;
  const bool v6 = parts[0] == "TCP6";
  if (!v6 && parts[0] != "TCP4") return fail("the protocol is neither TCP4, TCP6 nor UNKNOWN");
  if (parts.size() != 5) return fail("the line has not two addresses and two ports");
  header_.kind = ProxyHeader::Kind::client;
  header_.source = address_in(parts[1], v6);
  header_.destination = address_in(parts[2], v6);
  if (header_.source.empty() || header_.destination.empty())
    return fail("an address is none of its family");
  if (!is_port(parts[3]) || !is_port(parts[4])) return fail("a port is no number up to 65535");
  header_.source_port = parts[3];
  header_.destination_port = parts[4];
}

void ProxyReader::check_head() {
  if (octet(octets_[12]) >> 4 != 2) return fail("the version is not 2");
  if (command_of(octets_) > 1) return fail("the command is neither LOCAL nor PROXY");
  if (command_of(octets_) == 0) return;  // whatever else stands there does not count
  if (family_of(octets_) > 3) return fail("there is no such address family");
  if (transport_of(octets_) > 2) return fail("there is no such transport protocol");
}

void ProxyReader::read_block() {
  state_ = State::done;
  header_.version = 2;
  header_.kind = ProxyHeader::Kind::local;
  if (command_of(octets_) == 0) return;
  header_.kind = ProxyHeader::Kind::unknown;
  read_addresses();
}

void ProxyReader::read_addresses() {
  constexpr std::size_t sizes[] = {0, 4, 16, longest_unix_path};
  const auto block = std::string_view(octets_).substr(fixed);
  const unsigned family = family_of(octets_);
  const std::size_t size = sizes[family];
  const bool has_ports = family == 1 || family == 2;
  const std::size_t all = 2 * size + (has_ports ? 4 : 0);
  if (block.size() < all) return fail("it is too short for its addresses");
  if (has_ports && transport_of(octets_) == 1) {
    header_.kind = ProxyHeader::Kind::client;
    header_.source = usual(block.substr(0, size));
    header_.destination = usual(block.substr(size, size));
    header_.source_port = std::to_string(number_in(block.substr(2 * size, 2)));
    header_.destination_port = std::to_string(number_in(block.substr(2 * size + 2, 2)));
  }
  if (family != 0) read_vectors(block.substr(all));  // UNSPEC says nothing that can be understood
}

void ProxyReader::read_vectors(std::string_view vectors) {
  const bool whole = each_vector(
      vectors, [&](unsigned kind, std::string_view value) { read_vector(kind, value); });
  if (!whole) fail("a vector is longer than the header");
}

void ProxyReader::read_vector(unsigned kind, std::string_view value) {
  if (kind == type::authority) header_.authority = value;
  if (kind == type::checksum) check_sum(value);
  if (kind == type::tls) read_tls(value);
}

void ProxyReader::check_sum(std::string_view value) {
  if (value.size() != 4) return fail("the checksum has not four octets");
  std::string without = octets_;
  std::fill_n(without.begin() + (value.data() - octets_.data()), value.size(), '\0');
  if (crc32c(without) != number_in(value)) fail("the checksum is wrong");
}

void ProxyReader::read_tls(std::string_view value) {
  constexpr std::size_t head = 5;  // what the client did, and how the verification went
  constexpr unsigned over_tls = 1, with_certificate = 2 | 4;
  if (value.size() < head) return fail("what it says of TLS is too short");
  const unsigned client = octet(value[0]);
  ProxyTls tls{.certificate = (client & with_certificate) != 0,
               .verify = number_in(value.substr(1, 4))};
  const bool whole = each_vector(value.substr(head), [&](unsigned kind, std::string_view text) {
    if (kind == type::tls_version) tls.protocol = text;
    if (kind == type::tls_cipher) tls.cipher = text;
    if (kind == type::tls_common_name) tls.common_name = text;
  });
  if (!whole) return fail("a vector is longer than what it says of TLS");
  if ((client & over_tls) != 0) header_.tls = std::move(tls);
}

}  // namespace smtpd::io
