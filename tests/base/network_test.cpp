#include "lib/base/network.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>

using smtpd::IpAddress;
using smtpd::Network;

BOOST_AUTO_TEST_SUITE(network)

BOOST_AUTO_TEST_CASE(addresses) {
  for (const std::string_view text : {"192.0.2.1", "0.0.0.0", "255.255.255.255"}) {
    const auto address = IpAddress::parse(text);
    BOOST_REQUIRE_MESSAGE(address.has_value(), text);
    BOOST_TEST(!address->v6);
  }
  for (const std::string_view text :
       {"::", "::1", "2001:db8::1", "2001:DB8:0:0:0:0:0:1", "::ffff:192.0.2.1"}) {
    const auto address = IpAddress::parse(text);
    BOOST_REQUIRE_MESSAGE(address.has_value(), text);
    BOOST_TEST(address->v6);
  }
  constexpr std::string_view wrong[] = {"",
                                        "192.0.2",
                                        "192.0.2.256",
                                        "192.0.2.1 ",
                                        " 192.0.2.1",
                                        "192.0.2.1.",
                                        "2001:db8",
                                        ":::",
                                        "1:2:3:4:5:6:7:8:9",
                                        "example.com",
                                        "192.0.2.1/24",
                                        "fe80::1%eth0",
                                        "192.0.02.1",
                                        "00.0.0.0",
                                        "192.0..1",
                                        ".0.2.1",
                                        "192.0.2.",
                                        "192.0.2.1.5",
                                        "192.0.2.1000",
                                        "+192.0.2.1",
                                        "192.0.-2.1",
                                        "192.0. 2.1",
                                        {"192.0.2.1\0", 10},
                                        {"::1\0", 4}};
  for (const std::string_view text : wrong) {
    BOOST_TEST(!IpAddress::parse(text).has_value(), text);
  }
}

BOOST_AUTO_TEST_CASE(texts_and_prefixes) {
  const struct {
    std::string_view address, text, prefixes;
  } cases[] = {
      {"192.0.2.17", "192.0.2.17", "192.0.2. 192.0. 192."},
      {"0.0.0.0", "0.0.0.0", "0.0.0. 0.0. 0."},
      {"2001:DB8:0:0::7", "2001:db8::7",
       "2001:db8:0:0:0:0:0: 2001:db8:0:0:0:0: 2001:db8:0:0:0: 2001:db8:0:0: 2001:db8:0: 2001:db8: "
       "2001:"},
  };
  for (const auto& c : cases) {
    const auto address = IpAddress::parse(c.address);
    BOOST_REQUIRE(address.has_value());
    BOOST_TEST(address->text() == c.text);
    std::string prefixes;
    for (const std::string& prefix : address->prefixes()) {
      BOOST_TEST(Network::parse(prefix)->contains(*address), prefix);
      prefixes += (prefixes.empty() ? "" : " ") + prefix;
    }
    BOOST_TEST(prefixes == c.prefixes);
  }
}

BOOST_AUTO_TEST_CASE(unmapped) {
  const struct {
    std::string_view address, text;
  } cases[] = {
      {"::ffff:192.0.2.7", "192.0.2.7"},
      {"0:0:0:0:0:FFFF:c000:207", "192.0.2.7"},
      {"192.0.2.7", "192.0.2.7"},
      {"::192.0.2.7", "::192.0.2.7"},
      {"::ffff:0:192.0.2.7", "::ffff:0:c000:207"},
      {"2001:db8::7", "2001:db8::7"},
  };
  for (const auto& c : cases) BOOST_TEST(IpAddress::parse(c.address)->unmapped().text() == c.text);
}

BOOST_AUTO_TEST_CASE(membership) {
  const struct {
    std::string_view network, address;
    bool contained;
  } cases[] = {
      // one address
      {"192.0.2.1", "192.0.2.1", true},
      {"192.0.2.1", "192.0.2.2", false},
      {"192.0.2.1/32", "192.0.2.1", true},
      {"192.0.2.1/32", "192.0.2.0", false},
      {"2001:db8::1", "2001:0DB8:0::1", true},
      {"2001:db8::1/128", "2001:db8::2", false},
      // all
      {"0.0.0.0/0", "0.0.0.0", true},
      {"0.0.0.0/0", "255.255.255.255", true},
      {"192.0.2.1/0", "198.51.100.1", true},
      {"0.0.0.0/0", "::", false},
      {"::/0", "ffff:ffff::", true},
      {"::/0", "192.0.2.1", false},
      // first and last
      {"192.0.2.0/24", "192.0.2.0", true},
      {"192.0.2.0/24", "192.0.2.255", true},
      {"192.0.2.0/24", "192.0.1.255", false},
      {"192.0.2.0/24", "192.0.3.0", false},
      {"192.0.2.129/25", "192.0.2.128", true},
      {"192.0.2.129/25", "192.0.2.255", true},
      {"192.0.2.129/25", "192.0.2.127", false},
      {"10.1.2.3/9", "10.0.0.0", true},
      {"10.1.2.3/9", "10.127.255.255", true},
      {"10.1.2.3/9", "10.128.0.0", false},
      {"10.1.2.3/31", "10.1.2.2", true},
      {"10.1.2.3/31", "10.1.2.4", false},
      {"128.0.0.0/1", "255.0.0.0", true},
      {"128.0.0.0/1", "127.255.255.255", false},
      {"2001:db8:1:2::/64", "2001:db8:1:2::", true},
      {"2001:db8:1:2::/64", "2001:db8:1:2:ffff:ffff:ffff:ffff", true},
      {"2001:db8:1:2::/64", "2001:db8:1:3::", false},
      {"2001:db8:1:2::/64", "2001:db8:1:1:ffff:ffff:ffff:ffff", false},
      {"2001:db8::/29", "2001:dbf:ffff::", true},
      {"2001:db8::/29", "2001:dc0::", false},
      {"fe80::1/127", "fe80::", true},
      {"fe80::1/127", "fe80::2", false},
      // prefixes with their separator
      {"192.", "192.255.255.255", true},
      {"192.", "193.0.0.0", false},
      {"192.0.", "192.0.255.1", true},
      {"192.0.", "192.1.0.0", false},
      {"192.0.2.", "192.0.2.255", true},
      {"192.0.2.", "192.0.20.1", false},
      {"1.", "10.0.0.1", false},
      {"2001:db8:", "2001:db8:ffff::1", true},
      {"2001:db8:", "2001:db9::", false},
      {"2001:db8:1:2:", "2001:db8:1:2:3:4:5:6", true},
      {"2001:", "2001:ffff::", true},
      {"2001:db8::", "2001:db8::", true},  // an address, no prefix
      {"2001:db8::", "2001:db8::1", false},
      {"1:2:3:4:5:6:7:", "1:2:3:4:5:6:7:8", true},
      {"1:2:3:4:5:6:7:", "1:2:3:4:5:6:8:8", false},
      // an IPv4 address inside IPv6 is another address
      {"192.0.2.1", "::ffff:192.0.2.1", false},
      {"::ffff:192.0.2.0/120", "::ffff:192.0.2.7", true},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.network << " and " << c.address) {
      const auto network = Network::parse(c.network);
      const auto address = IpAddress::parse(c.address);
      BOOST_REQUIRE(network.has_value());
      BOOST_REQUIRE(address.has_value());
      BOOST_TEST(network->contains(*address) == c.contained);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_network) {
  for (const std::string_view text : {"",
                                      ".",
                                      ":",
                                      "/",
                                      "/24",
                                      "192.0.2.0/",
                                      "192.0.2.0/33",
                                      "192.0.2.0/-1",
                                      "192.0.2.0/24/8",
                                      "192.0.2.0/255.255.255.0",
                                      "192.0.2",
                                      "192.0.2.1.",
                                      "192..",
                                      "256.",
                                      "192.0.2.0/ 24",
                                      "2001:db8::/129",
                                      "2001:db8",
                                      "2001:db8::1:",
                                      "12345:",
                                      "1:2:3:4:5:6:7:8:",
                                      "g:",
                                      "example.com",
                                      "*",
                                      "192.0.2.*",
                                      "192.0.2.1/4294967328",
                                      "192.0./16",
                                      "-1."}) {
    BOOST_TEST(!Network::parse(text).has_value(), text);
  }
}

BOOST_AUTO_TEST_SUITE_END()
