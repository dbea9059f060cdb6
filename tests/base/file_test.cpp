#include "lib/base/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "lib/base/unique_fd.hpp"
#include "tests/support/folder.hpp"

using namespace smtpd;

namespace {

/// What is read of a file with so many octets.
std::expected<std::string, Error> read_back(std::size_t octets, std::size_t most) {
  const transcript::Folder folder;
  const std::string path = folder.path() + "/file";
  const UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  std::string text;
  for (std::size_t i = 0; i < octets; ++i) text += static_cast<char>('a' + i % 26);
  BOOST_REQUIRE(write_all(fd.get(), text).has_value());
  ::lseek(fd.get(), 0, SEEK_SET);
  auto read = read_whole(fd.get(), most);
  BOOST_TEST((!read || *read == text));
  return read;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(file)

BOOST_AUTO_TEST_CASE(files_around_the_sizes_of_pieces_are_read_whole) {
  for (const std::size_t octets :
       {0UL, 1UL, 1023UL, 1024UL, 1025UL, 17407UL, 17408UL, 17409UL, 100'000UL})
    BOOST_TEST(read_back(octets, SIZE_MAX).has_value(), octets << " octets");
}

BOOST_AUTO_TEST_CASE(a_bound_holds_to_the_octet) {
  for (const std::size_t most : {0UL, 10UL, 1024UL, 20'000UL}) {
    BOOST_TEST(read_back(most, most).has_value());
    const auto longer = read_back(most + 1, most);
    BOOST_TEST((!longer && longer.error().code == Errc::limit));
  }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_an_error) {
  const UniqueFd directory(::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const auto read = read_whole(directory.get(), 10);
  BOOST_TEST((!read && read.error().code == Errc::io));
}

namespace {

/// What the reader of regular files makes of a path: the number of octets, or the error.
std::string outcome(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  BOOST_REQUIRE(fd);
  const auto text = read_regular(fd.get());
  return text ? std::to_string(text->size()) : text.error().what;
}

}  // namespace

BOOST_AUTO_TEST_CASE(only_regular_files_are_read_and_nothing_is_waited_for) {
  const transcript::Folder folder;
  const std::string file = folder.path() + "/file", fifo = folder.path() + "/fifo";
  const UniqueFd made(::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  BOOST_REQUIRE(write_all(made.get(), std::string(100'000, 'x')).has_value());
  BOOST_TEST(outcome(file) == "100000");
  BOOST_REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  BOOST_TEST(outcome(fifo) == "that is no regular file");
  const UniqueFd writer(::open(fifo.c_str(), O_RDWR | O_CLOEXEC));
  BOOST_REQUIRE(write_all(writer.get(), "text").has_value());
  BOOST_TEST(outcome(fifo) == "that is no regular file", "a FIFO that somebody writes to");
  // It gives less than was asked for, as a file does at its end.
  // Some kernels let nobody but root open it, whatever its mode is.
  if (UniqueFd(::open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC)))
    BOOST_TEST(outcome("/dev/kmsg") == "that is no regular file");
  BOOST_TEST(outcome("/dev/zero") == "that is no regular file");
  BOOST_TEST(outcome("/dev/null") == "0");
  BOOST_TEST(outcome("/") == "read: Is a directory");
}

BOOST_AUTO_TEST_SUITE_END()
