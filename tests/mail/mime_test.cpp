#include "lib/mail/mime.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>
#include <vector>

using namespace std::literals;
using namespace smtpd;

namespace {

/// `TYPE[CONTENT]` for each part, in order; `~` in front of what is outside.
std::string parts_of(std::string_view message, std::size_t piece, bool* too_deep = nullptr) {
  HeaderReader header(SIZE_MAX);
  std::string body(message.substr(header.feed(message)));
  header.finish();
  body.insert(0, header.take_overrun());
  std::string found;
  MimeReader reader(header.take(), {.begin =
                                        [&](const MimePart& part) {
                                          found += part.outside ? "~" : "";
                                          found += part.content.type + '[';
                                          return true;
                                        },
                                    .content = [&](std::string_view text) { found += text; },
                                    .end = [&] { found += ']'; }});
  for (std::size_t i = 0; i < body.size(); i += piece)
    reader.feed(std::string_view(body).substr(i, piece));
  reader.finish();
  if (too_deep) *too_deep = reader.too_deep();
  return found;
}

std::string decoded(TransferEncoding encoding, std::string_view text, std::size_t piece) {
  TransferDecoder decoder(encoding);
  std::string all;
  for (std::size_t i = 0; i < text.size(); i += piece) all += decoder.decode(text.substr(i, piece));
  return all + decoder.finish();
}

const std::string multipart = "Content-Type: multipart/mixed; boundary=b\n\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(mime)

BOOST_AUTO_TEST_CASE(transfer_encodings) {
  using enum TransferEncoding;
  const struct {
    TransferEncoding encoding;
    std::string_view text, expected;
  } cases[] = {
      {identity, "a=3D\n", "a=3D\n"},
      {base64, "aGVsbG8=", "hello"},
      {base64, "aGVs\nbG8gd29y\nbGQ=\n", "hello world"},
      {base64, "aGVsbG8", "hello"},
      {base64, "aG!V sb*G8=", "hello"},
      {base64, "aGVsbG8=aGVsbG8=", "hellohello"},
      {base64, "====", ""},
      {base64, "a", ""},
      {base64, "", ""},
      {quoted_printable, "a=3Db", "a=b"},
      {quoted_printable, "a=3db", "a=b"},
      {quoted_printable, "a=\nb", "ab"},
      {quoted_printable, "a= \t\nb", "ab"},
      {quoted_printable, "a \t\nb", "a\nb"},
      {quoted_printable, "a  b", "a  b"},
      {quoted_printable, "a=zb", "a=zb"},
      {quoted_printable, "a=3zb", "a=3zb"},
      {quoted_printable, "a=3\nb", "a=3\nb"},
      {quoted_printable, "a==3D", "a=="},
      {quoted_printable, "a= b", "a= b"},
      {quoted_printable, "a=3", "a=3"},
      {quoted_printable, "a=", "a"},
      {quoted_printable, "a ", "a"},
      {quoted_printable, "=C3=A4", "\xc3\xa4"},
      {quoted_printable, "=00", "\0"sv},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.text) {
      for (const std::size_t piece : {1UZ, 2UZ, 3UZ, 100UZ})
        BOOST_TEST(decoded(c.encoding, c.text, piece) == c.expected);
    }
  }
}

BOOST_AUTO_TEST_CASE(names_of_transfer_encodings) {
  using enum TransferEncoding;
  const struct {
    std::string_view value;
    TransferEncoding expected;
  } cases[] = {{"base64", base64},
               {"BASE64", base64},
               {" Base64 ; x=y", base64},
               {"(a comment) base64", base64},
               {"\"base64\"", base64},
               {"quoted-printable", quoted_printable},
               {"Quoted-Printable(x)", quoted_printable},
               {"7bit", identity},
               {"x-base64", identity},
               {"", identity}};
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.value) BOOST_TEST((to_transfer_encoding(c.value) == c.expected));
  }
}

BOOST_AUTO_TEST_CASE(content_types) {
  const struct {
    std::string_view value, type, boundary;
  } cases[] = {
      {"text/html", "text/html", ""},
      {"TEXT/HTML; charset=utf-8", "text/html", ""},
      {"text/html charset=utf-8", "text/html", ""},
      {"(c) text/html (d); x=y", "text/html", ""},
      {"text", "text/plain", ""},
      {"text/", "text/plain", ""},
      {"/html", "text/plain", ""},
      {"a/b/c", "text/plain", ""},
      {"application/pdf\n http://x", "text/plain", ""},
      {"", "text/plain", ""},
      {"multipart/mixed; boundary=b", "multipart/mixed", "b"},
      {"multipart/mixed; Boundary = \"b\"", "multipart/mixed", "b"},
      {"multipart/mixed;\n\tboundary=\"a b;=c\"; x=y", "multipart/mixed", "a b;=c"},
      {"multipart/mixed; boundary=\"a\\\"b\"", "multipart/mixed", "a\"b"},
      {"multipart/mixed; boundary=\"a", "multipart/mixed", "a"},
      {"multipart/mixed; boundary=a=b", "multipart/mixed", "a=b"},
      {"multipart/mixed; x=\"boundary=c;\"; boundary=b", "multipart/mixed", "b"},
      {"multipart/mixed; boundary; boundary=b", "multipart/mixed", "b"},
      {"multipart/mixed; boundary=a; boundary=b", "multipart/mixed", "a"},
      {"multipart/mixed;; boundary=b;", "multipart/mixed", "b"},
      {"multipart/mixed; boundary=", "multipart/mixed", ""},
      // RFC 2231
      {"multipart/mixed; boundary*0=a; boundary*1=\"b c\"", "multipart/mixed", "ab c"},
      {"multipart/mixed; boundary*1=b; boundary*0=a", "multipart/mixed", "ab"},
      {"multipart/mixed; boundary*=us-ascii'en'a%3Db", "multipart/mixed", "a=b"},
      {"multipart/mixed; boundary*0*=us-ascii''a%3D; boundary*1=b%3D", "multipart/mixed", "a=b%3D"},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.value) {
      const ContentType content = parse_content_type(c.value);
      BOOST_TEST(content.type == c.type);
      BOOST_TEST(content.parameter("boundary") == c.boundary);
    }
  }
}

BOOST_AUTO_TEST_CASE(parts) {
  const std::string b = multipart;
  const struct {
    std::string name, message, expected;
  } cases[] = {
      {"no header", "\ntext\n", "text/plain[text\n]"},
      {"no text", "Subject: x\n\n", "text/plain[]"},
      {"no final line end", "\ntext", "text/plain[text]"},
      {"base64", "Content-Transfer-Encoding: base64\n\naGVs\nbG8=\n", "text/plain[hello]"},
      {"a soft break at the end", "Content-Transfer-Encoding: quoted-printable\n\na=\n",
       "text/plain[a]"},
      {"another type", "Content-Type: image/png\n\nx\n", "image/png[x\n]"},
      {"two parts", b + "p\n--b\n\none\n--b\nContent-Type: text/html\n\ntwo\n\n--b--\ne\n",
       "~text/plain[p]text/plain[one]text/html[two\n]~text/plain[e\n]"},
      {"padding behind a boundary", b + "--b \t\n\none\n--b-- \n",
       "~text/plain[]text/plain[one]~text/plain[]"},
      {"what only begins like a boundary", b + "--b\n\n--bc\n--b-\n --b\n--b--x\n--b--\n",
       "~text/plain[]text/plain[--bc\n--b-\n --b\n--b--x]~text/plain[]"},
      {"an end without its boundary", b + "--b\n\none", "~text/plain[]text/plain[one]"},
      {"a boundary that never comes", b + "one\n", "~text/plain[one\n]"},
      {"a multipart without boundary", "Content-Type: multipart/mixed\n\none\n",
       "text/plain[one\n]"},
      {"a boundary after the last one", b + "--b--\n--b\n\none\n",
       "~text/plain[]~text/plain[]text/plain[one\n]"},
      {"a part without header or blank line", b + "--b\none two\n--b--\n",
       "~text/plain[]text/plain[one two]~text/plain[]"},
      {"the same at the end", b + "--b\none two", "~text/plain[]text/plain[one two]"},
      {"a header without text", b + "--b\nContent-Type: text/html\n--b--\n",
       "~text/plain[]text/html[]~text/plain[]"},
      {"boundaries in a row are one", b + "--b\n--b\n--b--\n\none\n--b--\n",
       "~text/plain[]text/plain[one]~text/plain[]"},
      {"nested",
       b + "--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\none\n--c--\n"
           "--b\n\ntwo\n--b--\n",
       "~text/plain[]~text/plain[]text/plain[one]~text/plain[]text/plain[two]~text/plain[]"},
      {"the outer boundary ends inner ones",
       b + "--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\none\n--b\n\ntwo\n",
       "~text/plain[]~text/plain[]text/plain[one]text/plain[two\n]"},
      {"a message in a message",
       b + "--b\nContent-Type: message/rfc822\n\nSubject: x\nContent-Type: text/html\n\none\n--b--",
       "~text/plain[]text/html[one]~text/plain[]"},
      {"a digest",
       "Content-Type: multipart/digest; boundary=b\n\n--b\n\nContent-Type: text/html\n\none\n"
       "--b\nContent-Type: text/plain\n\ntwo\n--b--\n",
       "~text/plain[]text/html[one]text/plain[two]~text/plain[]"},
      {"a long line that has a boundary in it",
       b + "--b\n\n" + std::string(1500, 'x') + "--b\n--b--\n",
       "~text/plain[]text/plain[" + std::string(1500, 'x') + "--b]~text/plain[]"},
      {"a boundary exactly where a long line is cut",
       b + "--b\n\n" + std::string(1000, 'x') + "--b\n--b--\n",
       "~text/plain[]text/plain[" + std::string(1000, 'x') + "--b]~text/plain[]"},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.name) {
      for (const std::size_t piece : {1UZ, 2UZ, 3UZ, 7UZ, 1000UZ, 100'000UZ})
        BOOST_TEST(parts_of(c.message, piece) == c.expected);
    }
  }
}

BOOST_AUTO_TEST_CASE(depth) {
  const auto nested = [](std::size_t levels) {
    std::string message = "Content-Type: multipart/mixed; boundary=b0\n";
    for (std::size_t i = 1; i < levels; ++i) {
      message += "\n--b" + std::to_string(i - 1) + "\nContent-Type: multipart/mixed; boundary=b" +
                 std::to_string(i) + '\n';
    }
    return message + "\n--b" + std::to_string(levels - 1) + "\n\ntext\n--b0\n\nafter\n";
  };
  bool too_deep = true;
  BOOST_TEST(parts_of(nested(10), 100, &too_deep).contains("text/plain[text]"));
  BOOST_TEST(!too_deep);
  const std::string found = parts_of(nested(11), 100, &too_deep);
  BOOST_TEST(too_deep);
  BOOST_TEST(!found.contains("[text]"));
  BOOST_TEST(found.contains("text/plain[after\n]"));
}

// What follows the bound is content: nothing of it is lost.
BOOST_AUTO_TEST_CASE(a_header_that_does_not_end) {
  std::string message = multipart + "--b\n";
  for (int i = 0; i < 2000; ++i)
    message += "X-Field-" + std::to_string(i) + ": " + std::string(40, 'x') + '\n';
  const std::string found = parts_of(message + "X-Last: text\n", 4096);
  BOOST_TEST(found.contains("X-Last: text\n]"));
  BOOST_TEST(!found.contains("X-Field-1:"));
}

BOOST_AUTO_TEST_SUITE_END()
