#include "lib/mail/links.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>

#include "lib/mail/part_text.hpp"

using namespace std::literals;
using namespace smtpd;

namespace {

/// The hosts with blanks between them; what is not certain in brackets.
std::string hosts_of(std::string_view text) {
  std::string all;
  find_links(text, [&](const LinkHost& host) {
    const std::string one = host.address ? host.address->text() : host.name;
    all += (all.empty() ? "" : " ") + (host.certain ? one : '(' + one + ')');
    return true;
  });
  return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(links)

BOOST_AUTO_TEST_CASE(hosts) {
  const struct {
    std::string_view text, expected;
  } cases[] = {
      {"", ""},
      {"http://evil.example/", "evil.example"},
      {"see <HTTPS://Www.Evil.Example:8080/path?x#y>.", "www.evil.example"},
      {"ftp://evil.example", "evil.example"},
      {"http:/evil.example http:////evil.example http:\\\\evil.example",
       "evil.example evil.example evil.example"},
      {"xhttp://evil.example", "evil.example"},
      {"http://evil.example.", "evil.example"},
      {"http://evil.example...", "evil.example"},
      {"(http://evil.example),", "evil.example"},
      {"'http://evil.example'", "evil.example"},
      {"http://my_site.evil.example/", "my_site.evil.example"},
      {"http://localhost/ http:/// http://", ""},
      {"http://e\xc3\xa4.example/", "e\xc3\xa4.example"},
      {"http://evil\xe3\x80\x82"
       "example/",
       "evil\xe3\x80\x82"
       "example"},
      // userinfo
      {"http://good.example@evil.example/", "evil.example"},
      {"http://u:p@evil.example:80/", "evil.example"},
      {"http://a@b@evil.example/", "evil.example"},
      {"http://good.example/@evil.example", "good.example"},
      {"http://good.example%2f@evil.example/", "evil.example good.example"},
      // numbers
      {"http://3221225985/", "192.0.2.1"},
      {"http://0xc0000201/", "192.0.2.1"},
      {"http://030000001001/", "192.0.2.1"},
      {"http://192.0.2.1/", "192.0.2.1"},
      {"http://0300.0.2.1", "192.0.2.1"},
      {"http://0xC0.0x0.0x02.0x1", "192.0.2.1"},
      {"http://192.0.513", "192.0.2.1"},
      {"http://192.513", "192.0.2.1"},
      {"http://192.0.2.1.", "192.0.2.1"},
      {"http://4294967296/ http://192.0.2.256 http://1.2.3.4.5 http://08.1", ""},
      {"http://192.0.2.1.example/", "192.0.2.1.example"},
      {"http://%31%39%32.0.2.1/", "192.0.2.1"},
      {"192.0.2.1 is no link", ""},
      {"http://[2001:DB8::1]:80/", "2001:db8::1"},
      {"http://[::ffff:192.0.2.1]/", "192.0.2.1"},
      {"http://[::x] http://[::1", ""},
      // bare
      {"go to evil.example now", "(evil.example)"},
      {"www.evil.example", "www.evil.example"},
      {"WWW.Evil.Example/", "www.evil.example"},
      {"evil.example:8080", "(evil.example)"},
      {"*_evil.example_*", "(evil.example)"},
      {"-evil.example-", "(evil.example)"},
      {"evil.example.", "(evil.example)"},
      {"wait...evil.example", "(evil.example)"},
      {"1.5 and 2.0 and v1.2", ""},
      {"e.g this", ""},
      {"mail me@evil.example", "(evil.example)"},
      {"first.last@evil.example", "(evil.example)"},
      {"mailto:me@evil.example?subject=x", "(evil.example)"},
      {"evil.example@ x", "(evil.example)"},
      // links in links; the names of files in a path are no hosts
      {"http://good.example/setup.sh", "good.example"},
      {"http://good.example/?u=http://evil.example/", "good.example evil.example"},
      {"http://good.example/?u=http%3A%2F%2Fevil.example%2F",
       "good.example good.example evil.example"},
      {"http://good.example/?u=www.evil.example", "good.example www.evil.example"},
      {"http://good.example/ evil.example", "good.example (evil.example)"},
      {"http://ev%69l.example/", "evil.example"},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.text) BOOST_TEST(hosts_of(c.text) == c.expected);
  }
}

BOOST_AUTO_TEST_CASE(the_search_can_be_ended) {
  int found = 0;
  const auto two = [&](const LinkHost&) { return ++found < 2; };
  BOOST_TEST(!find_links("http://a.test http://b.test http://c.test", two));
  BOOST_TEST(found == 2);
}

BOOST_AUTO_TEST_CASE(html) {
  const struct {
    std::string_view html, expected;
  } cases[] = {
      {"a &amp; b", "a & b"},
      {"http&#58;//ev&#x69;l&period;example", "http://evil.example"},
      {"&#58 &#x3A &colon", ": : :"},
      {"&unknown; & &# &#x; &#xzz;", "&unknown; & &# &#x; &#xzz;"},
      {"&#0; &#x110000; &#99999999999;", "\xef\xbf\xbd \xef\xbf\xbd \xef\xbf\xbd"},
      {"&#228; &#x20ac; &#x1F600;", "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80"},
      {"<a href=\"x\">", "<a href=\"x\">"},
      {"<a href=\"ht\ntp://ev\til.x\">", "<a href=\"ht\ntp://ev\til.x\">\nhttp://evil.x"},
      {"<a href = 'h&Tab;t'>", "<a href = 'h\tt'>\nht"},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.html) BOOST_TEST(html_as_text(c.html) == c.expected);
  }
}

BOOST_AUTO_TEST_CASE(character_sets) {
  const struct {
    std::string_view charset, text, expected;
  } cases[] = {
      {"", "a\xe4", "a\xe4"},
      {"utf-8", "a\xc3\xa4", "a\xc3\xa4"},
      {"ISO-8859-1", "a\xe4", "a\xc3\xa4"},
      {"windows-1252", "a\xe4", "a\xc3\xa4"},
      {"koi8-r", "a\xe4", "a\xe4"},
      {"utf-16", "\xff\xfe\x61\0b\0"sv, "ab\n\xff\xfe\x61\x62"},
      {"utf-16", "\xfe\xff\0a\0b"sv, "ab\n\xfe\xff\x61\x62"},
      {"utf-16", "a\0b\0"sv, "ab\nab"},
      {"UTF-16LE", "a\0\x3d\xd8\x00\xde"sv, "a\xf0\x9f\x98\x80\na=\xd8\xde"},
      {"utf-16be", "\0a\0"sv, "a\na"},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.charset) {
      const ContentType content{.parameters = {{"charset", std::string(c.charset)}}};
      BOOST_TEST(part_text(std::string(c.text), content) == c.expected);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
