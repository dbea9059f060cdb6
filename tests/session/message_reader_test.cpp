#include "lib/session/message_reader.hpp"

#include <boost/test/unit_test.hpp>
#include <optional>
#include <string>

#include "tests/session/octet_stream.hpp"
#include "tests/support/scripted_stream.hpp"

using namespace smtpd;

namespace {

struct Lines final : LogSink {
  void write(std::string_view line) override { all.append(line) += '\n'; }
  std::string all;
};

/// A transaction on its way in.
struct Incoming {
  explicit Incoming(std::string says, Limits bounds = {}, std::size_t piece = 1000)
      : stream(std::move(says), piece), limits(bounds) {}

  std::string body() {
    std::string text;
    BOOST_TEST(txn.body()
                   .each_piece([&](std::string_view piece) {
                     text += piece;
                     return true;
                   })
                   .has_value());
    return text;
  }
  /// The code of the refusal; 0: none.
  int code() const {
    const auto refusal = reader.refusal();
    if (refusal) BOOST_TEST(refusal->reset);
    return refusal && refusal->reply ? refusal->reply->code : 0;
  }

  OctetStream stream;
  transcript::ManualClock clock;
  Lines lines;
  Log log{lines, clock};
  Connection conn;
  ClientLine line{{stream, clock, log, conn}};
  Limits limits;
  Transaction txn{
      conn, 1, Body(limits.memory, [] {
        return std::expected<UniqueFd, Error>(std::unexpected(Error{Errc::io, "the disk is full"}));
      })};
  std::optional<Consequence> judgement;
  std::string seen;  // by the check of the header
  MessageReader reader{{line, limits, log, txn}, [this](Transaction& checked) {
                         seen += checked.header.get_all("Subject").empty() ? "?" : "header";
                         return judgement;
                       }};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(message_reader)

BOOST_AUTO_TEST_CASE(header_and_body_go_to_the_transaction) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{1000}}) {
    Incoming in("Subject: x\r\n\r\n..dot\r\nend\r\n.\r\nQUIT\r\n", {}, piece);
    BOOST_TEST(in.reader.read_data().has_value());
    BOOST_TEST(in.seen == "header");
    BOOST_TEST(in.txn.header.get_all("Subject").front() == "x");
    BOOST_TEST(in.body() == ".dot\nend\n");
    BOOST_TEST(in.reader.octets() == 21U);
    BOOST_TEST(in.code() == 0);
    BOOST_TEST(in.line.line(512)->text == "QUIT");
  }
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_answered_behind_the_end) {
  const std::string header = "Subject: x\r\n\r\n";
  const struct {
    std::string name, says;
    Limits limits;
    int code;
  } cases[] = {
      {"bare LF", header + "a\nb\r\n.\r\n", {}, 554},
      {"too big", header + "12345678\r\n.\r\n", {.message = 20}, 552},
      {"just fits", header + "1234567\r\n.\r\n", {.message = 20}, 0},
      {"long header",
       "Subject: " + std::string(2000, 'x') + "\r\n\r\n.\r\n",
       {.header = 1000},
       552},
      {"disk full", header + "12345678\r\n.\r\n", {.memory = 2}, 451},
      {"hops", "Received: a\r\nReceived: b\r\n" + header + ".\r\n", {.hops = 2}, 554},
      {"few hops", "Received: a\r\n" + header + ".\r\n", {.hops = 2}, 0},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.name) {
      Incoming in(c.says + "QUIT\r\n", c.limits);
      BOOST_TEST(in.reader.read_data().has_value());
      BOOST_TEST(in.code() == c.code);
      BOOST_TEST(in.line.line(512)->text == "QUIT");
    }
  }
}

BOOST_AUTO_TEST_CASE(a_refused_header_ends_the_session_or_waits_for_the_end) {
  Incoming waits("Subject: x\r\n\r\nbody\r\n.\r\nQUIT\r\n");
  waits.judgement = Consequence{.reply = Reply{.code = 554}, .reset = true};
  BOOST_TEST(waits.reader.read_data().has_value());
  BOOST_TEST(waits.code() == 554);
  BOOST_TEST(waits.body() == "");
  BOOST_TEST(waits.line.line(512)->text == "QUIT");

  Incoming hangs_up("Subject: x\r\n\r\nbody\r\n.\r\nQUIT\r\n", {}, 14);
  hangs_up.judgement = Consequence{.reply = Reply{.code = 554}, .reset = true, .close = true};
  BOOST_TEST(hangs_up.reader.read_data().has_value());
  BOOST_TEST(hangs_up.code() == 554);
  BOOST_TEST(hangs_up.line.line(512)->text == "body");
}

BOOST_AUTO_TEST_CASE(chunks_make_one_message) {
  Incoming in("Subject: x\r\n\r\nabc\r\nQUIT\r\n", {.message = 100}, 3);
  BOOST_TEST(in.reader.read_chunk({.size = 16}).has_value());
  BOOST_TEST(!in.reader.is_refused());
  BOOST_TEST(!in.reader.refusal_of({.size = 84}));
  BOOST_TEST(in.reader.refusal_of({.size = 85})->reply->code == 552);
  BOOST_TEST(in.lines.all.find("Message too big: size: 85 (max size: 100)") != std::string::npos);
  BOOST_TEST(in.reader.read_chunk({.size = 3, .last = true}).has_value());
  BOOST_TEST(in.body() == "abc\n");
  BOOST_TEST(in.code() == 0);
  BOOST_TEST(in.reader.belongs_to(&in.txn));
  BOOST_TEST(!in.reader.belongs_to(nullptr));
  BOOST_TEST(in.line.line(512)->text == "QUIT");
}

BOOST_AUTO_TEST_CASE(the_end_of_the_line_is_an_error) {
  Incoming in("Subject: x\r\n\r\nhalf");
  BOOST_TEST((in.reader.read_data().error().code == Errc::closed));
  BOOST_TEST(in.reader.octets() > 0U);
}

BOOST_AUTO_TEST_SUITE_END()
