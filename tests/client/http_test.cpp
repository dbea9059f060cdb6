#include "lib/client/http.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>
#include <string>
#include <string_view>

#include "tests/support/talker.hpp"

using namespace smtpd;
using smtpd::transcript::Talker;
namespace data = boost::unit_test::data;

namespace {

constexpr std::size_t bound = 200;

/// Status and body, or what went wrong.
std::string ask(std::string_view says, std::size_t piece) {
  std::string told;
  Exchange server(std::make_unique<Talker>(std::string(says), piece, told), "p", {.octets = bound});
  const auto response = ask_http(server, {});
  return response ? std::to_string(response->status) + ' ' + response->body : response.error().what;
}

struct Case {
  const char *name, *says, *result;
};
std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.name; }

const char* const no_http = "p: its answer is no HTTP";
const char* const closed = "p: it has closed the connection";
const char* const too_long = "p: the answer has more than 200 octets";

const Case cases[] = {
    {"up to the end", "HTTP/1.0 200 OK\r\nA: b\r\n\r\none\r\ntwo", "200 one\r\ntwo"},
    {"bare LF", "HTTP/1.1 200 OK\n\nbody", "200 body"},
    {"no reason", "HTTP/1.1 404\r\n\r\n", "404 "},
    {"a length", "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nbody", "200 bod"},
    {"nothing", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nrest", "200 "},
    {"chunks",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"
     "3\r\nabc\r\n0A;x=y\r\n0123456789\r\n0\r\nT: t\r\n\r\nrest",
     "200 abc0123456789"},
    {"chunks come before a length",
     "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
     "3\r\nabc\r\n0\r\n\r\n",
     "200 abc"},
    {"it goes on first", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nbody", "200 body"},
    {"no content", "HTTP/1.1 204 No Content\r\n\r\nrest", "204 "},
    {"silence", "", no_http},
    {"half a line", "HTTP/1.1 200", no_http},
    {"something else", "220 mx.test ESMTP\r\n", no_http},
    {"another version", "HTTP/2 200\r\n\r\n", no_http},
    {"two digits", "HTTP/1.1 20\r\n\r\n", no_http},
    {"four digits", "HTTP/1.1 2000\r\n\r\n", no_http},
    {"no digits", "HTTP/1.1 +20\r\n\r\n", no_http},
    {"too small a status", "HTTP/1.1 099\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", no_http},
    {"no field", "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", no_http},
    {"a field without a name", "HTTP/1.1 200 OK\r\n: x\r\n\r\n", no_http},
    {"a length that is none", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", no_http},
    {"a chunk without a size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
     no_http},
    {"a size that is none", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3x\r\n", no_http},
    {"a chunk that is longer", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
     no_http},
    {"another coding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
     "p: its answer is encoded"},
    {"fields without an end", "HTTP/1.1 200 OK\r\nA: b\r\n", closed},
    {"less than the length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nbody", closed},
    {"less than the chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab", closed},
    {"no last chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n", closed},
    {"a length beyond the bound", "HTTP/1.1 200 OK\r\nContent-Length: 201\r\n\r\n", too_long},
    {"a chunk beyond the bound",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", too_long},
    {"a size beyond all bounds",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r\n", no_http},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(http)

BOOST_DATA_TEST_CASE(answers_in_pieces_of_any_size, data::make(cases), c) {
  for (std::size_t piece = 1; piece <= std::string_view(c.says).size() + 1; ++piece)
    BOOST_TEST(ask(c.says, piece) == c.result);
}

BOOST_AUTO_TEST_CASE(an_answer_of_more_octets_than_it_may_have) {
  const std::string much(bound, 'x');
  BOOST_TEST(ask("HTTP/1.1 200 OK\r\n\r\n" + much, 50) == too_long);
  BOOST_TEST(ask("HTTP/1.1 200 OK\r\nX: " + much + "\r\n\r\n", 50) ==
             "p: it says more than 200 octets");
  std::string endless;
  for (int i = 0; i < 100; ++i) endless += "HTTP/1.1 100 Continue\r\n\r\n";
  BOOST_TEST(ask(endless, 50) == "p: it says more than 200 octets");
}

BOOST_AUTO_TEST_CASE(requests) {
  std::string told;
  Exchange server(std::make_unique<Talker>("HTTP/1.0 200 OK\r\nA: b\r\na: c\r\n\r\n", 99, told), "",
                  {});
  const auto response = ask_http(server, {.target = "/x?y", .fields = {{"Host", "h:1"}}});
  BOOST_REQUIRE(response.has_value());
  BOOST_TEST(told == "GET /x?y HTTP/1.0\r\nHost: h:1\r\n\r\n");
  BOOST_TEST(response->field("A").value_or("") == "b");
  BOOST_TEST(!response->field("B"));

  told.clear();
  Exchange other(std::make_unique<Talker>("HTTP/1.0 200 OK\r\n\r\n", 99, told), "", {});
  BOOST_TEST(ask_http(other, {.method = "POST", .body = "a\r\nb"}).has_value());
  BOOST_TEST(told == "POST / HTTP/1.0\r\nContent-Length: 4\r\n\r\na\r\nb");
}

BOOST_AUTO_TEST_CASE(nothing_ends_a_request_but_its_end) {
  for (const HttpRequest& request :
       {HttpRequest{.method = "GET\r\n"}, HttpRequest{.target = "/\r\nX:y"},
        HttpRequest{.target = "/ HTTP/1.1"}, HttpRequest{.fields = {{"A\n", "b"}}},
        HttpRequest{.fields = {{"A", "b\r\nC: d"}}}}) {
    std::string told;
    Exchange server(std::make_unique<Talker>("HTTP/1.0 200 OK\r\n\r\n", 99, told), "", {});
    BOOST_TEST(!ask_http(server, request).has_value());
    BOOST_TEST(told == "");
  }
}

BOOST_AUTO_TEST_CASE(a_server_that_refuses_the_body_and_closes) {
  std::string told;
  Exchange server(
      std::make_unique<Talker>("HTTP/1.1 413 Content Too Large\r\n\r\nwhy", 99, told, 1), "", {});
  const auto response = ask_http(server, {.method = "POST", .body = "much"});
  BOOST_REQUIRE(response.has_value());
  BOOST_TEST(response->status == 413);
  BOOST_TEST(response->body == "why");
}

BOOST_AUTO_TEST_SUITE_END()
