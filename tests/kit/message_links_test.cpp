#include "lib/kit/message_links.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>

#include "lib/mail/registered_domain.hpp"

using namespace std::literals;
using namespace smtpd;

namespace {

MessageLinks links_in(std::string_view message, const LinkSearch& search = {}) {
  HeaderReader reader(SIZE_MAX);
  Body body;
  const std::string_view rest = message.substr(reader.feed(message));
  reader.finish();
  BOOST_REQUIRE(body.append(reader.take_overrun()).has_value());
  BOOST_REQUIRE(body.append(rest).has_value());
  const auto found = find_message_links(reader.take(), body, search);
  BOOST_REQUIRE(found.has_value());
  return *found;
}

/// Domains, then addresses, with blanks between them.
std::string text_of(const MessageLinks& links) {
  std::string text;
  for (const std::string& domain : links.domains) text += (text.empty() ? "" : " ") + domain;
  for (const IpAddress& address : links.addresses)
    text += (text.empty() ? "" : " ") + address.text();
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(message_links)

BOOST_AUTO_TEST_CASE(registered_domains) {
  const struct {
    std::string_view name, listed, any;
  } cases[] = {
      {"a.b.example.com", "example.com", "example.com"},
      {"a.example.co.uk", "example.co.uk", "example.co.uk"},
      {"co.uk", "", ""},
      {"com", "", ""},
      {"a.example.github.io", "example.github.io", "example.github.io"},
      {"a.b.test", "", "b.test"},
      {"test", "", ""},
      {"a.xn--55qx5d.cn", "a.xn--55qx5d.cn", "a.xn--55qx5d.cn"},
      {"", "", ""},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.name) {
      BOOST_TEST(registered_domain(c.name, Suffixes::listed).value() == c.listed);
      BOOST_TEST(registered_domain(c.name, Suffixes::any).value() == c.any);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_messages_have) {
  const std::string mixed = "Content-Type: multipart/mixed; boundary=b\n\n";
  const struct {
    std::string name, message, expected;
  } cases[] = {
      {"plain", "\nhttp://www.example.com/ http://example.com www.example.org\n",
       "example.com example.org"},
      {"a bare name needs a known suffix", "\nfile.txt a.example.net http://b.a.test\n",
       "example.net a.test"},
      {"addresses", "\nhttp://192.0.2.1/ http://[2001:db8::1]/ http://3221225985/\n",
       "192.0.2.1 2001:db8::1"},
      {"base64", "Content-Transfer-Encoding: base64\n\naHR0cDovL2V4YW1wbGUuY29tLw==\n",
       "example.com"},
      {"quoted-printable",
       "Content-Transfer-Encoding: quoted-printable\n\nhttp://ex=\nample.c=6Fm\n", "example.com"},
      {"html", "Content-Type: text/html\n\n<a href=\"http&#58;//example&period;com\">x</a>\n",
       "example.com"},
      {"no text", "Content-Type: application/octet-stream\n\nhttp://example.com/\n", ""},
      {"another text", "Content-Type: text/calendar\n\nhttp://example.com/\n", ""},
      {"an attachment that is a text",
       mixed + "--b\nContent-Type: text/html\nContent-Disposition: attachment\n\n"
               "http://example.com\n--b--\n",
       "example.com"},
      {"an image between texts",
       mixed + "--b\n\nhttp://example.com\n--b\nContent-Type: image/png\n\nhttp://example.net\n"
               "--b\n\nhttp://example.org\n--b--\n",
       "example.com example.org"},
      {"links do not grow together over parts",
       mixed + "--b\n\nhttp://exam\n--b\n\nple.example.com\n--b--\n", "example.com"},
      {"international",
       "\nhttp://www.b\xc3\xbc"
       "cher.de/ b\xc3\xbc"
       "cher.com\n",
       "xn--bcher-kva.de xn--bcher-kva.com"},
      {"full width and ideographic stops",
       "\nhttp://\xef\xbd\x85xample\xe3\x80\x82"
       "com/\n",
       "example.com"},
      {"an address in full-width digits", "\nhttp://\xef\xbc\x91\xef\xbc\x99\xef\xbc\x92.0.2.1/\n",
       "192.0.2.1"},
      {"a text without blanks", "\n\xe8\xa6\x8bwww.example.com\xe8\xa6\x8b\n", "example.com"},
      {"the same with a scheme", "\nhttp://example.com\xe8\xa6\x8b\n", "example.com"},
      {"quotation marks",
       "\n\xe2\x80\x9c"
       "example.com\xe2\x80\x9d\n",
       "example.com"},
      {"a soft hyphen", "\nhttp://exa\xc2\xadmple.com/\n", "example.com"},
      {"Latin-1",
       "Content-Type: text/plain; charset=iso-8859-1\n\nhttp://b\xfc"
       "cher.de/\n",
       "xn--bcher-kva.de"},
      {"a label that is too long", "\nhttp://" + std::string(64, 'a') + ".com/\n", ""},
      {"the last label is too long", "\nwww." + std::string(64, 'a') + '\n', ""},
      {"a header is not looked at", "Subject: http://example.com\n\n\n", ""},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.name) BOOST_TEST(text_of(links_in(c.message)) == c.expected);
  }
}

BOOST_AUTO_TEST_CASE(fields) {
  const std::string message =
      "Received: from example.com\nSubject: http://\n example.net\nFrom: <a@example.org>\n"
      "Message-ID: <x@example.com>\n\nexample.info\n";
  BOOST_TEST(text_of(links_in(message, {.fields = LinkSearch::Fields::yes})) ==
             "example.net example.org example.info");
}

BOOST_AUTO_TEST_CASE(exempt_names) {
  const LinkSearch search{.is_exempt = [](std::string_view name) {
    return name == "www.example.com" || name.ends_with(".example.net");
  }};
  BOOST_TEST(text_of(links_in("\nwww.example.com a.example.net b.example.com\n", search)) ==
             "example.com");
  BOOST_TEST(text_of(links_in("\nwww.example.com a.example.net\n", search)) == "");
}

BOOST_AUTO_TEST_CASE(bounds_of_hosts) {
  std::string message = "\n";
  for (int i = 0; i < 50; ++i) message += "http://a" + std::to_string(i) + ".com/ ";
  const MessageLinks full = links_in(message + "http://x.a1.com/\n");
  BOOST_TEST(full.domains.size() == 50);
  BOOST_TEST(!full.more_hosts);
  const MessageLinks more = links_in(message + "http://192.0.2.1/\n");
  BOOST_TEST(more.domains.size() + more.addresses.size() == 50);
  BOOST_TEST(more.more_hosts);
}

BOOST_AUTO_TEST_CASE(bounds_of_text) {
  constexpr std::size_t room = MessageLinks::max_text;
  const std::string link = "http://example.com\n";
  const MessageLinks fits = links_in('\n' + std::string(room - link.size(), ' ') + link);
  BOOST_TEST(text_of(fits) == "example.com");
  BOOST_TEST(!fits.more_text);
  const MessageLinks cut = links_in("\nexample.org\n" + std::string(room, ' ') + link);
  BOOST_TEST(text_of(cut) == "example.org");
  BOOST_TEST(cut.more_text);
  // What is no text does not count.
  const std::string part =
      "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: "
      "image/png\n\n" +
      std::string(2 * room, 'x') + "\n--b\n\n" + link;
  BOOST_TEST(text_of(links_in(part)) == "example.com");
}

BOOST_AUTO_TEST_CASE(bounds_of_depth) {
  std::string message = "Content-Type: message/rfc822\n";
  for (int i = 0; i < 10; ++i) message += "\nContent-Type: message/rfc822\n";
  const MessageLinks links = links_in(message + "\n\nhttp://example.com\n");
  BOOST_TEST(text_of(links) == "");
  BOOST_TEST(links.more_parts);
}

BOOST_AUTO_TEST_SUITE_END()
