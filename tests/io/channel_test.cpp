#include "lib/io/channel.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <deque>
#include <string>
#include <vector>

using namespace smtpd;
using io::Channel;

namespace {

/// Gives the pieces one by one, then the end of file, and keeps what happens.
class Pieces final : public io::Stream {
 public:
  explicit Pieces(std::deque<std::string> pieces) : pieces_(std::move(pieces)) {}

  std::expected<std::size_t, Error> read(std::span<char> buffer, Deadline,
                                         Interrupt interrupt) override {
    events.push_back(interrupt == Interrupt::yes ? "read" : "read data");
    if (read_error) return std::unexpected(*read_error);
    if (pieces_.empty()) return 0;
    BOOST_TEST_REQUIRE(!buffer.empty());
    std::string& piece = pieces_.front();
    const std::size_t length = std::min(piece.size(), buffer.size());
    std::memcpy(buffer.data(), piece.data(), length);
    piece.erase(0, length);
    if (piece.empty()) pieces_.pop_front();
    return length;
  }
  std::expected<void, Error> write(std::string_view octets, Deadline) override {
    events.push_back("write " + std::string(octets.substr(0, 20)));
    written += octets;
    if (write_error) return std::unexpected(*write_error);
    return {};
  }
  io::Input wait_for_input(Deadline) override {
    events.push_back("listen");
    return input;
  }

  std::vector<std::string> events;
  std::string written;
  std::optional<Error> read_error, write_error;
  io::Input input = io::Input::silent;

 private:
  std::deque<std::string> pieces_;
};

/// One piece an octet.
std::deque<std::string> octets_of(std::string_view text) {
  std::deque<std::string> pieces;
  for (const char c : text) pieces.emplace_back(1, c);
  return pieces;
}

/// `text/octets`, with what is special about the line behind it; or the error.
std::string describe(const std::expected<io::Line, Error>& line) {
  if (!line) return line.error().what;
  std::string text = line->too_long ? "..." : std::string(line->text);
  text += '/' + std::to_string(line->octets);
  if (line->too_long) return text + " too long";  // how it ended is nobody's business then
  if (!line->crlf) text += " LF";
  return text;
}

/// All lines up to the first error.
std::vector<std::string> lines_of(std::deque<std::string> pieces, std::size_t most) {
  Pieces stream(std::move(pieces));
  Channel channel(stream);
  std::vector<std::string> lines;
  while (true) {
    const auto line = channel.line(most, Deadline::never());
    lines.push_back(describe(line));
    if (!line) return lines;
  }
}

constexpr auto never = Deadline::never();

}  // namespace

BOOST_AUTO_TEST_SUITE(channel)

BOOST_AUTO_TEST_CASE(lines) {
  const struct {
    std::string name, input;
    std::vector<std::string> lines;
  } cases[] = {
      {"nothing", "", {"end of file"}},
      {"one", "NOOP\r\n", {"NOOP/6", "end of file"}},
      {"several", "EHLO x\r\n\r\nQUIT\r\n", {"EHLO x/8", "/2", "QUIT/6", "end of file"}},
      {"bare LF", "a\n\nb\r\n", {"a/2 LF", "/1 LF", "b/3", "end of file"}},
      {"bare CR stays", "a\rb\r\r\n", {"a\rb\r/6", "end of file"}},
      {"an unfinished line is dropped", "a\r\nQUIT", {"a/3", "end of file"}},
      {"CR without LF at the end", "QUIT\r", {"end of file"}},
      {"as long as allowed", "12345678\r\n", {"12345678/10", "end of file"}},
      {"an octet longer", "123456789\r\nb\r\n", {".../11 too long", "b/3", "end of file"}},
      {"far longer",
       std::string(100, 'x') + "\r\nb\r\n",
       {".../102 too long", "b/3", "end of file"}},
      {"too long and never ended", std::string(100, 'x'), {"end of file"}},
      {"too long with a bare LF",
       std::string(100, 'x') + "\nb\r\n",
       {".../101 too long", "b/3", "end of file"}},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT(c.name) {
      BOOST_TEST(lines_of({c.input}, 10) == c.lines, boost::test_tools::per_element());
      if (!c.input.empty())
        BOOST_TEST(lines_of(octets_of(c.input), 10) == c.lines, boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_line_end_in_two_pieces) {
  const std::vector<std::string> expected{"NOOP/6", "QUIT/6", "end of file"};
  BOOST_TEST(lines_of({"NOOP\r", "\nQUI", "T\r", "\n"}, 512) == expected,
             boost::test_tools::per_element());
}

// The buffer has 2 KiB at first and 64 KiB later: lines that lie across its ends, of all lengths
// near them.
BOOST_AUTO_TEST_CASE(lines_across_the_end_of_the_buffer) {
  for (const std::size_t size : {2048U, 65536U}) {
    for (std::size_t length = size - 4; length <= size + 4; ++length) {
      BOOST_TEST_CONTEXT(length) {
        const std::string first(length - 2, 'a');
        Pieces stream({first + "\r\n" + std::string(500, 'b') + "\r\nc\r\n"});
        Channel channel(stream);
        const auto line = channel.line(65536, never);
        BOOST_REQUIRE(line.has_value());
        BOOST_TEST(line->too_long == (length > 65536));
        BOOST_TEST(line->octets == length);
        BOOST_TEST(line->crlf);
        if (length <= 65536) BOOST_TEST((line->text == first));
        BOOST_TEST(describe(channel.line(65536, never)) == std::string(500, 'b') + "/502");
        BOOST_TEST(describe(channel.line(65536, never)) == "c/3");
        BOOST_TEST(describe(channel.line(65536, never)) == "end of file");
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(many_lines_in_pieces_of_any_size) {
  std::string input;
  std::vector<std::string> expected;
  for (int i = 0; i < 3000; ++i) {
    const std::string text(static_cast<std::size_t>(i % 97), static_cast<char>('a' + i % 26));
    input += text + "\r\n";
    expected.push_back(text + '/' + std::to_string(text.size() + 2));
  }
  expected.emplace_back("end of file");
  for (const std::size_t size : {1U, 2U, 7U, 512U, 2047U, 2048U, 2049U, 70000U, 1000000U}) {
    std::deque<std::string> pieces;
    for (std::size_t at = 0; at < input.size(); at += size)
      pieces.push_back(input.substr(at, size));
    BOOST_TEST((lines_of(std::move(pieces), 512) == expected), "pieces of " << size);
  }
}

BOOST_AUTO_TEST_CASE(a_line_without_end_needs_no_memory) {
  std::deque<std::string> pieces(1000, std::string(10000, 'x'));
  pieces.emplace_back("\r\nb\r\n");
  const std::vector<std::string> expected{".../10000002 too long", "b/3", "end of file"};
  BOOST_TEST(lines_of(std::move(pieces), 512) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(errors_of_reading) {
  for (const Errc code : {Errc::timeout, Errc::stopped, Errc::io}) {
    Pieces stream({"NOOP\r\n"});
    Channel channel(stream);
    BOOST_TEST(channel.line(512, never).has_value());
    stream.read_error = Error{code, "no more"};
    const auto line = channel.line(512, never);
    BOOST_REQUIRE(!line.has_value());
    BOOST_TEST((line.error().code == code));
  }
}

BOOST_AUTO_TEST_CASE(replies_wait_until_the_server_would) {
  Pieces stream({"one\r\ntwo\r\nthr", "ee\r\n"});
  Channel channel(stream);
  channel.write("220\r\n", never);
  BOOST_TEST(stream.events.empty());
  BOOST_TEST(describe(channel.line(512, never)) == "one/5");
  channel.write("250 one\r\n", never);
  BOOST_TEST(describe(channel.line(512, never)) == "two/5");
  channel.write("250 two\r\n", never);
  BOOST_TEST(describe(channel.line(512, never)) == "three/7");
  channel.write("221\r\n", never);
  BOOST_TEST(channel.flush(never).has_value());
  BOOST_TEST(channel.flush(never).has_value());  // nothing to do
  const std::vector<std::string> expected{"write 220\r\n", "read", "write 250 one\r\n250 two\r\n",
                                          "read", "write 221\r\n"};
  BOOST_TEST(stream.events == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(replies_to_a_group_longer_than_the_buffer_leave_together) {
  constexpr std::size_t lines = 400;
  std::string group;
  for (std::size_t i = 0; i < lines; ++i) group += "RCPT TO:<someone@example.com>\r\n";
  Pieces stream({group});
  stream.input = io::Input::data;
  Channel channel(stream);
  for (std::size_t i = 0; i < lines; ++i) {
    BOOST_TEST_REQUIRE(describe(channel.line(512, never)) == "RCPT TO:<someone@example.com>/31");
    channel.write("250 ok\r\n", never);
  }
  BOOST_TEST(stream.written.empty());
  BOOST_TEST(std::ranges::count(stream.events, "read") >= 3);
  stream.input = io::Input::silent;
  BOOST_TEST((channel.line(512, never).error().code == Errc::closed));
  BOOST_TEST(stream.written.size() == lines * 8);
}

BOOST_AUTO_TEST_CASE(replies_leave_when_nothing_follows_what_filled_the_buffer) {
  constexpr std::size_t lines = 64;
  const std::string line =
      "NOOP " + std::string(25, 'x') + "\r\n";  // 64 of them are what one read takes
  std::string group;
  for (std::size_t i = 0; i < lines; ++i) group += line;
  Pieces stream({group, "QUIT\r\n"});
  Channel channel(stream);
  for (std::size_t i = 0; i < lines; ++i) {
    BOOST_TEST_REQUIRE(channel.line(512, never).has_value());
    channel.write("250\r\n", never);
  }
  BOOST_TEST(describe(channel.line(512, never)) == "QUIT/6");
  const std::vector<std::string> expected{
      "read", "listen", "write " + std::string("250\r\n250\r\n250\r\n250\r\n"), "read"};
  BOOST_TEST(stream.events == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(output_is_bounded) {
  Pieces stream({});
  Channel channel(stream);
  const std::string reply(1000, 'x');
  for (int i = 0; i < 100; ++i) channel.write(reply, never);
  BOOST_TEST(stream.events.size() >= 5U);
  BOOST_TEST(stream.written.size() > 80'000U);
  BOOST_TEST(channel.flush(never).has_value());
  BOOST_TEST(stream.written.size() == 100'000U);
}

BOOST_AUTO_TEST_CASE(a_client_that_cannot_be_written_to) {
  Pieces stream({"NOOP\r\n"});
  stream.write_error = Error{Errc::timeout, "timeout"};
  Channel channel(stream);
  BOOST_TEST(!channel.broken());
  channel.write("220\r\n", never);
  const auto flushed = channel.flush(never);
  BOOST_REQUIRE(!flushed.has_value());
  BOOST_TEST((flushed.error().code == Errc::timeout));
  BOOST_TEST(channel.broken());
  stream.write_error.reset();
  // It sticks, and nothing more is read: nobody would get an answer.
  BOOST_TEST((channel.flush(never).error().code == Errc::closed));
  const auto line = channel.line(512, never);
  BOOST_REQUIRE(!line.has_value());
  BOOST_TEST((line.error().code == Errc::closed));
  const std::vector<std::string> expected{"write 220\r\n"};
  BOOST_TEST(stream.events == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(data) {
  Pieces stream({"DATA\r\nfirst", "second\r\nNOOP\r\n"});
  Channel channel(stream);
  BOOST_TEST(describe(channel.line(512, never)) == "DATA/6");
  channel.write("354\r\n", never);
  auto piece = channel.data(never);
  BOOST_REQUIRE(piece.has_value());
  BOOST_TEST(std::string(piece->data(), piece->size()) == "first");
  channel.consume(2);
  piece = channel.data(never);
  BOOST_REQUIRE(piece.has_value());
  BOOST_TEST(std::string(piece->data(), piece->size()) == "rst");
  channel.consume(3);
  piece = channel.data(never);
  BOOST_REQUIRE(piece.has_value());
  BOOST_TEST(std::string(piece->data(), piece->size()) == "second\r\nNOOP\r\n");
  channel.consume(8);
  BOOST_TEST(channel.has_input());
  BOOST_TEST(describe(channel.line(512, never)) == "NOOP/6");
  BOOST_TEST(!channel.has_input());
  BOOST_TEST((channel.data(never).error().code == Errc::closed));
  const std::vector<std::string> expected{"read", "write 354\r\n", "read data", "read data"};
  BOOST_TEST(stream.events == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(large_data_comes_in_large_pieces) {
  Pieces stream({std::string(300'000, 'x')});
  Channel channel(stream);
  std::size_t total = 0, pieces = 0, largest = 0;
  while (const auto piece = channel.data(never)) {
    BOOST_TEST_REQUIRE(!piece->empty());
    total += piece->size();
    largest = std::max(largest, piece->size());
    ++pieces;
    channel.consume(piece->size());
  }
  BOOST_TEST(total == 300'000U);
  BOOST_TEST(largest == 65'536U);
  BOOST_TEST(pieces <= 7U);
}

BOOST_AUTO_TEST_CASE(who_talks_out_of_turn) {
  for (const auto input : {io::Input::silent, io::Input::data, io::Input::end}) {
    Pieces stream({"NOOP\r\nQUIT\r\n"});
    stream.input = input;
    Channel channel(stream);
    channel.write("220\r\n", never);
    BOOST_TEST(channel.talks_within(never, never) ==
               (input == io::Input::data));  // going away is not talking
    const std::vector<std::string> expected{"write 220\r\n", "listen"};
    BOOST_TEST(stream.events == expected, boost::test_tools::per_element());
    BOOST_TEST(describe(channel.line(512, never)) == "NOOP/6");
    BOOST_TEST(channel.talks_within(never, never));  // QUIT is there already
    BOOST_TEST(stream.events.size() == 3U);
  }
  Pieces stream({});
  stream.input = io::Input::data;
  stream.write_error = Error{Errc::closed, "gone"};
  Channel channel(stream);
  channel.write("220\r\n", never);
  BOOST_TEST(!channel.talks_within(never, never));
}

BOOST_AUTO_TEST_SUITE_END()
