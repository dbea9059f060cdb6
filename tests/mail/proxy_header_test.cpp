#include "lib/mail/proxy_header.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

using namespace smtpd::io;
using namespace std::string_literals;
namespace data = boost::unit_test::data;

namespace {

std::string number(std::size_t value, int octets) {
  std::string text;
  for (int i = octets - 1; i >= 0; --i) text += static_cast<char>(value >> (8 * i) & 255);
  return text;
}

/// A header of version 2 with its length.
std::string block(unsigned command, unsigned family, const std::string& rest) {
  return "\r\n\r\n\0\r\nQUIT\n"s + static_cast<char>(command) + static_cast<char>(family) +
         number(rest.size(), 2) + rest;
}
std::string vector_of(unsigned type, const std::string& value) {
  return static_cast<char>(type) + number(value.size(), 2) + value;
}

const std::string ipv4 = "\xC0\0\2\7\xC6\x33\x64\2\x9C\x40\0\x19"s;  // 192.0.2.7:40000
const std::string ipv6 = "\x20\1\xD\xB8"s + std::string(11, '\0') + "\7" + "\x20\1\xD\xB8"s +
                         std::string(11, '\0') + "\2" + "\x9C\x40\0\x19"s;

/// What the reader makes of it: its state, and all that it says.
std::string told(ProxyReader& reader) {
  if (reader.state() == ProxyReader::State::more) return "more";
  if (reader.state() == ProxyReader::State::failed) return std::string(reader.problem());
  const ProxyHeader& header = reader.header();
  std::string text = "v" + std::to_string(header.version);
  text += header.kind == ProxyHeader::Kind::local     ? " local"
          : header.kind == ProxyHeader::Kind::unknown ? " unknown"
                                                      : " client";
  if (header.kind == ProxyHeader::Kind::client)
    text += ' ' + header.source + ' ' + header.source_port + ' ' + header.destination + ' ' +
            header.destination_port;
  if (!header.authority.empty()) text += " sni=" + header.authority;
  if (!header.tls) return text;
  return text + " tls=" + header.tls->protocol + ',' + header.tls->cipher + ',' +
         header.tls->common_name + ',' + std::to_string(header.tls->verify) +
         (header.tls->certificate ? ",cert" : "");
}

struct Case {
  const char* name;
  std::string input;
  const char* told;
  std::size_t behind = 0;  // octets at the end that do not belong to it
};
std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.name; }

const std::string tls_vectors = vector_of(0x21, "TLSv1.3") + vector_of(0x23, "AES") +
                                vector_of(0x22, "anna") + vector_of(0x24, "x");

const Case cases[] = {
    {"TCP4", "PROXY TCP4 192.0.2.7 198.51.100.2 40000 25\r\n",
     "v1 client 192.0.2.7 40000 198.51.100.2 25"},
    {"TCP6", "PROXY TCP6 2001:DB8::7 2001:db8:0::2 0 65535\r\n",
     "v1 client 2001:db8::7 0 2001:db8::2 65535"},
    {"IPv4 in IPv6", "PROXY TCP6 ::ffff:192.0.2.7 ::1 1 2\r\n", "v1 client 192.0.2.7 1 ::1 2"},
    {"UNKNOWN", "PROXY UNKNOWN\r\n", "v1 unknown"},
    {"UNKNOWN and more", "PROXY UNKNOWN ffff::1 whatever\r\n", "v1 unknown"},
    {"what follows is left", "PROXY UNKNOWN\r\nEHLO x\r\n", "v1 unknown", 8},
    {"longest line", "PROXY UNKNOWN " + std::string(91, 'x') + "\r\n", "v1 unknown"},
    {"a line too long", "PROXY UNKNOWN " + std::string(92, 'x') + "\r\n",
     "the line is longer than 107 octets", 1},
    {"nothing", "", "more"},
    {"a part of the keyword", "PROX", "more"},
    {"no end yet", "PROXY TCP4 192.0.2.7 198.51.100.2 40000 25\r", "more"},
    {"SMTP", "EHLO x\r\n", "it does not begin as a PROXY header does"},
    {"lower case", "proxy UNKNOWN\r\n", "it does not begin as a PROXY header does"},
    {"a tab", "PROXY\tUNKNOWN\r\n", "it does not begin as a PROXY header does"},
    {"bare LF", "PROXY UNKNOWN\n", "the line does not end in CRLF"},
    {"bare CR", "PROXY UNKNOWN \rx\r\n", "there is a bare CR in the line"},
    {"two blanks", "PROXY  UNKNOWN\r\n", "the protocol is neither TCP4, TCP6 nor UNKNOWN"},
    {"UDP", "PROXY UDP4 192.0.2.7 198.51.100.2 40000 25\r\n",
     "the protocol is neither TCP4, TCP6 nor UNKNOWN"},
    {"too few", "PROXY TCP4 192.0.2.7 198.51.100.2 40000\r\n",
     "the line has not two addresses and two ports"},
    {"too many", "PROXY TCP4 192.0.2.7 198.51.100.2 40000 25 9\r\n",
     "the line has not two addresses and two ports"},
    {"a blank at the end", "PROXY TCP4 192.0.2.7 198.51.100.2 40000 25 \r\n",
     "the line has not two addresses and two ports"},
    {"the other family", "PROXY TCP4 2001:db8::7 2001:db8::2 40000 25\r\n",
     "an address is none of its family"},
    {"no address", "PROXY TCP4 192.0.2 198.51.100.2 40000 25\r\n",
     "an address is none of its family"},
    {"leading zero", "PROXY TCP4 192.0.2.07 198.51.100.2 40000 25\r\n",
     "an address is none of its family"},
    {"a large octet", "PROXY TCP4 192.0.2.256 198.51.100.2 40000 25\r\n",
     "an address is none of its family"},
    {"no such port", "PROXY TCP4 192.0.2.7 198.51.100.2 65536 25\r\n",
     "a port is no number up to 65535"},
    {"a zero before a port", "PROXY TCP4 192.0.2.7 198.51.100.2 40000 025\r\n",
     "a port is no number up to 65535"},
    {"a sign", "PROXY TCP4 192.0.2.7 198.51.100.2 +4 25\r\n", "a port is no number up to 65535"},
    {"NUL", "PROXY TCP4 192.0.2.7\0 198.51.100.2 4 25\r\n"s, "an address is none of its family"},

    {"v2 TCP4", block(0x21, 0x11, ipv4), "v2 client 192.0.2.7 40000 198.51.100.2 25"},
    {"v2 TCP6", block(0x21, 0x21, ipv6), "v2 client 2001:db8::7 40000 2001:db8::2 25"},
    {"v2 and more", block(0x21, 0x11, ipv4) + "EHLO x\r\n",
     "v2 client 192.0.2.7 40000 198.51.100.2 25", 8},
    {"v2 LOCAL", block(0x20, 0, ""), "v2 local"},
    {"v2 LOCAL with anything", block(0x20, 0xFF, "whatever"), "v2 local"},
    {"v2 UNSPEC", block(0x21, 0, ""), "v2 unknown"},
    {"v2 UNSPEC with anything", block(0x21, 0, "whatever"), "v2 unknown"},
    {"v2 Unix socket", block(0x21, 0x31, std::string(216, 'x')), "v2 unknown"},
    {"v2 UDP", block(0x21, 0x12, ipv4), "v2 unknown"},
    {"v2 longest", block(0x21, 0x11, ipv4 + vector_of(0xE0, std::string(65'520, 'x'))),
     "v2 client 192.0.2.7 40000 198.51.100.2 25"},
    {"v2 vectors", block(0x21, 0x11, ipv4 + vector_of(4, "") + vector_of(2, "mx.test")),
     "v2 client 192.0.2.7 40000 198.51.100.2 25 sni=mx.test"},
    {"v2 TLS", block(0x21, 0x11, ipv4 + vector_of(0x20, "\x03" + number(0, 4) + tls_vectors)),
     "v2 client 192.0.2.7 40000 198.51.100.2 25 tls=TLSv1.3,AES,anna,0,cert"},
    {"v2 TLS, not verified",
     block(0x21, 0x11, ipv4 + vector_of(0x20, "\x05" + number(20, 4) + tls_vectors)),
     "v2 client 192.0.2.7 40000 198.51.100.2 25 tls=TLSv1.3,AES,anna,20,cert"},
    {"v2 TLS without a certificate",
     block(0x21, 0x11, ipv4 + vector_of(0x20, "\x01" + number(1, 4) + vector_of(0x21, "TLSv1.2"))),
     "v2 client 192.0.2.7 40000 198.51.100.2 25 tls=TLSv1.2,,,1"},
    {"v2 not over TLS", block(0x21, 0x11, ipv4 + vector_of(0x20, "\0"s + number(1, 4))),
     "v2 client 192.0.2.7 40000 198.51.100.2 25"},
    {"v2 checksum", block(0x21, 0x11, ipv4 + vector_of(3, "\x35\x97\xC8\x14")),
     "v2 client 192.0.2.7 40000 198.51.100.2 25"},
    {"v2 wrong checksum", block(0x21, 0x11, ipv4 + vector_of(3, "abcd")), "the checksum is wrong"},
    {"v2 short checksum", block(0x21, 0x11, ipv4 + vector_of(3, "abc")),
     "the checksum has not four octets"},
    {"v2 a part", block(0x21, 0x11, ipv4).substr(0, 27), "more"},
    {"v2 version 1", block(0x11, 0x11, ipv4).substr(0, 16), "the version is not 2"},
    {"v2 another command", block(0x22, 0x11, ipv4).substr(0, 16),
     "the command is neither LOCAL nor PROXY"},
    {"v2 family 4", block(0x21, 0x41, ipv4).substr(0, 16), "there is no such address family"},
    {"v2 transport 3", block(0x21, 0x13, ipv4).substr(0, 16),
     "there is no such transport protocol"},
    {"v2 short IPv4", block(0x21, 0x11, ipv4.substr(1)), "it is too short for its addresses"},
    {"v2 short IPv6", block(0x21, 0x21, ipv6.substr(1)), "it is too short for its addresses"},
    {"v2 short Unix socket", block(0x21, 0x31, std::string(215, 'x')),
     "it is too short for its addresses"},
    {"v2 one octet behind", block(0x21, 0x11, ipv4 + "x"), "a vector is longer than the header"},
    {"v2 long vector", block(0x21, 0x11, ipv4 + "\xE0" + number(4, 2) + "abc"),
     "a vector is longer than the header"},
    {"v2 short TLS", block(0x21, 0x11, ipv4 + vector_of(0x20, "\x01" + number(0, 3))),
     "what it says of TLS is too short"},
    {"v2 long vector in TLS",
     block(0x21, 0x11, ipv4 + vector_of(0x20, "\x01" + number(0, 4) + "\x21" + number(9, 2) + "x")),
     "a vector is longer than what it says of TLS"},
    {"v2 a wrong signature", "\r\n\r\n\0\r\nQUIX\n"s + std::string(4, ' '),
     "it does not begin as a PROXY header does"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(proxy_header)

BOOST_DATA_TEST_CASE(whole, data::make(cases), c) {
  ProxyReader reader;
  BOOST_TEST(reader.empty());
  const std::size_t taken = reader.feed(c.input);
  BOOST_TEST(told(reader) == c.told);
  if (reader.state() != ProxyReader::State::failed) BOOST_TEST(taken == c.input.size() - c.behind);
}

BOOST_DATA_TEST_CASE(octet_by_octet, data::make(cases), c) {
  ProxyReader reader;
  std::size_t taken = 0;
  for (const char& each : c.input) taken += reader.feed({&each, 1});
  BOOST_TEST(told(reader) == c.told);
  if (reader.state() == ProxyReader::State::done) BOOST_TEST(taken == c.input.size() - c.behind);
}

BOOST_AUTO_TEST_CASE(nothing_is_taken_behind_the_end) {
  ProxyReader reader;
  reader.feed("PROXY UNKNOWN\r\n");
  BOOST_TEST(reader.feed("PROXY UNKNOWN\r\n") == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
