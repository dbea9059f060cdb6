#include "lib/mail/body.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

#include "lib/base/file.hpp"
#include "lib/base/unique_fd.hpp"

using smtpd::Body;
using smtpd::Errc;
using smtpd::Error;
using smtpd::UniqueFd;

namespace {

std::expected<UniqueFd, Error> memory_file() {
  return UniqueFd(::memfd_create("body_test", MFD_CLOEXEC));
}

std::string content(int fd) {
  std::string text(static_cast<std::size_t>(::lseek(fd, 0, SEEK_END)), '\0');
  BOOST_TEST(::pread(fd, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
  return text;
}

std::string pieces_of(const Body& body) {
  std::string text;
  const auto read = body.each_piece([&](std::string_view piece) {
    text += piece;
    return true;
  });
  BOOST_TEST(read.has_value());
  return text;
}

/// Some text that repeats only after long.
std::string sample(std::size_t size) {
  std::string text;
  for (int line = 0; text.size() < size; ++line) text += "line " + std::to_string(line) + '\n';
  text.resize(size);
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(body)

BOOST_AUTO_TEST_CASE(appended_in_pieces) {
  const struct {
    std::size_t threshold, total, piece;
    bool in_memory;
  } cases[] = {
      {100, 0, 1, true},
      {100, 100, 7, true},
      {100, 101, 7, false},
      {0, 1, 1, false},
      {0, 0, 1, true},
      {10, 500000, 1000, false},
      {10, 500000, 500000, false},
      {200000, 500001, 65536, false},
      {10, 131072, 1024, false},
      {1 << 20, 500000, 999, true},
  };
  for (const auto& c : cases) {
    BOOST_TEST_CONTEXT("threshold " << c.threshold << ", " << c.total << " in pieces of "
                                    << c.piece) {
      const std::string text = sample(c.total);
      Body body(c.threshold, memory_file);
      for (std::size_t i = 0; i < text.size(); i += c.piece) {
        BOOST_TEST(body.append(std::string_view(text).substr(i, c.piece)).has_value());
        BOOST_TEST_REQUIRE(body.size() == std::min(i + c.piece, text.size()));
      }
      BOOST_TEST(body.in_memory() == c.in_memory);
      BOOST_TEST((pieces_of(body) == text));
      const auto out = memory_file();
      BOOST_TEST(smtpd::write_all(out->get(), "Subject: x\n\n").has_value());
      BOOST_TEST(body.write_to(out->get()).has_value());
      BOOST_TEST(body.write_to(out->get()).has_value());  // reading does not use it up
      BOOST_TEST((content(out->get()) == "Subject: x\n\n" + text + text));
    }
  }
}

BOOST_AUTO_TEST_CASE(without_a_spool) {
  Body body;
  BOOST_TEST(body.append(sample(300000)).has_value());
  BOOST_TEST(body.in_memory());
  Body no_opener(10);
  BOOST_TEST(no_opener.append(sample(300000)).has_value());
  BOOST_TEST(no_opener.in_memory());
  BOOST_TEST((pieces_of(no_opener) == sample(300000)));
}

BOOST_AUTO_TEST_CASE(to_a_file_that_only_grows) {
  const std::string text = sample(300000);
  Body body(10, memory_file);
  BOOST_TEST(body.append(text).has_value());
  BOOST_TEST(body.append("end\n").has_value());
  const auto out = memory_file();
  BOOST_TEST(smtpd::write_all(out->get(), "first\n").has_value());
  BOOST_TEST(::fcntl(out->get(), F_SETFL, O_APPEND) == 0);
  BOOST_TEST(body.write_to(out->get()).has_value());
  BOOST_TEST((content(out->get()) == "first\n" + text + "end\n"));
}

BOOST_AUTO_TEST_CASE(sink_that_has_enough) {
  Body body(10, memory_file);
  BOOST_TEST(body.append(sample(300000)).has_value());
  BOOST_TEST(body.append("more").has_value());
  int calls = 0;
  BOOST_TEST(body.each_piece([&](std::string_view) { return ++calls < 2; }).has_value());
  BOOST_TEST(calls == 2);
}

BOOST_AUTO_TEST_CASE(errors) {
  Body no_spool(10, [] {
    return std::expected<UniqueFd, Error>(std::unexpected(Error{Errc::io, "no space"}));
  });
  BOOST_TEST(no_spool.append("0123456789").has_value());
  const auto refused = no_spool.append("x");
  BOOST_TEST_REQUIRE(!refused.has_value());
  BOOST_TEST(refused.error().what == "no space");

  Body full(10, [] {
    return std::expected<UniqueFd, Error>(UniqueFd(::open("/dev/full", O_RDWR | O_CLOEXEC)));
  });
  const auto unwritten = full.append("0123456789x");
  BOOST_TEST_REQUIRE(!unwritten.has_value());
  BOOST_TEST((unwritten.error().code == Errc::no_room));
  BOOST_TEST(unwritten.error().what == "write: No space left on device");

  int spool = -1;
  Body cut(10, [&] {
    auto file = memory_file();
    spool = file->get();
    return file;
  });
  BOOST_TEST(cut.append(sample(1000)).has_value());
  BOOST_TEST(::ftruncate(spool, 500) == 0);
  const auto unread = cut.each_piece([](std::string_view) { return true; });
  BOOST_TEST_REQUIRE(!unread.has_value());
  BOOST_TEST(unread.error().what == "the spool file is shorter than what was written to it");
  BOOST_TEST(!cut.write_to(memory_file()->get()).has_value());

  Body memory;
  BOOST_TEST(memory.append("x").has_value());
  BOOST_TEST(!memory.write_to(-1).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
