#include "lib/base/file.hpp"

#include <fcntl.h>

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

BOOST_AUTO_TEST_SUITE_END()
