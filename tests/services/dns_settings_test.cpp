#include "lib/services/dns_settings.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/services/directory.hpp"

using smtpd::dns::Settings;

namespace {

std::string text_of(const std::expected<Settings, smtpd::Error>& settings) {
  if (!settings) return settings.error().what;
  std::string text;
  for (const auto& server : settings->servers) text += server.text() + ' ';
  return text + std::to_string(settings->timeout.count()) + "ms x" +
         std::to_string(settings->attempts) + (settings->trust_ad ? " ad " : " ") +
         std::to_string(settings->questions);
}

/// With that file as config resolver, if it is not null, and that as resolv.conf.
std::string read(const char* resolver, const char* resolv_conf) {
  smtpd::test::Directory directory;
  directory.put("config/me", "mx.test\n");
  if (resolver) directory.put("config/resolver", resolver);
  if (resolv_conf) directory.put("resolv.conf", resolv_conf);
  smtpd::Config config = directory.open();
  return directory.without_path(
      text_of(smtpd::dns::read_settings(config, directory.parent() + "/resolv.conf")));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(dns_settings)

BOOST_AUTO_TEST_CASE(the_key_comes_before_resolv_conf) {
  const char* const system = "nameserver 192.0.2.1\noptions timeout:7 trust-ad\n";
  const struct {
    const char *resolver, *resolv_conf, *settings;
  } cases[] = {
      {nullptr, nullptr, "127.0.0.1 2000ms x2 500"},
      {nullptr, "; nothing\nsearch example.org\n", "127.0.0.1 2000ms x2 500"},
      {nullptr, system, "192.0.2.1 7000ms x2 ad 500"},
      {nullptr,
       "nameserver 2001:db8::1\nnameserver fe80::1%eth0\nnameserver\nnameserver 192.0.2.2\n",
       "2001:db8::1 192.0.2.2 2000ms x2 500"},
      {nullptr,
       "nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\nnameserver 192.0.2.4\n"
       "options attempts:99 rotate\noptions timeout:999\n",
       "192.0.2.1 192.0.2.2 192.0.2.3 60000ms x10 500"},
      {"server ::1\n", system, "::1 2000ms x2 500"},
      {"timeout 0.25\n", system, "192.0.2.1 250ms x2 500"},
      {"server 127.0.0.1:5353\nserver [2001:db8::1]:5353\nattempts 3\ntrust_ad yes\nquestions 40\n",
       system, "127.0.0.1:5353 [2001:db8::1]:5353 2000ms x3 ad 40"},
  };
  for (const auto& c : cases) BOOST_TEST_CONTEXT(c.settings) {
      BOOST_TEST(read(c.resolver, c.resolv_conf) == c.settings);
    }
}

BOOST_AUTO_TEST_CASE(what_is_wrong_has_its_line) {
  const struct {
    const char *resolver, *what;
  } cases[] = {
      {"timeout 1\nsevrer 192.0.2.1\n",
       "$/config/resolver:2: resolver is a line server, timeout, attempts, trust_ad or questions, "
       "not "
       "'sevrer'; did you mean 'server'?"},
      {"server ns.example.org\n",
       "$/config/resolver:1: resolver is server ADDRESS or server ADDRESS:PORT, by number, not "
       "'server ns.example.org'"},
      {"server 192.0.2.1:0\n",
       "$/config/resolver:1: resolver is server ADDRESS or server ADDRESS:PORT, by number, not "
       "'server 192.0.2.1:0'"},
      {"server\n", "$/config/resolver:1: resolver is server and one value, not 'server'"},
      {"timeout 0\n",
       "$/config/resolver:1: resolver is timeout SECONDS, from 0.05 to 60, not 'timeout 0'"},
      {"attempts 11\n",
       "$/config/resolver:1: resolver is attempts NUMBER, from 1 to 10, not 'attempts 11'"},
      {"trust_ad maybe\n",
       "$/config/resolver:1: resolver is trust_ad 1 or trust_ad 0, not 'trust_ad maybe'"},
      {"questions 0\n",
       "$/config/resolver:1: resolver is questions NUMBER, from 1 to 100000, not 'questions 0'"},
      {"server ::1\nserver ::2\nserver ::3\nserver ::4\n",
       "$/config/resolver:4: resolver is at most 3 servers, not 'server ::4'"},
  };
  for (const auto& c : cases) BOOST_TEST_CONTEXT(c.resolver) {
      BOOST_TEST(read(c.resolver, nullptr) == c.what);
    }
}

BOOST_AUTO_TEST_SUITE_END()
