#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <cstdlib>
#include <fstream>

#ifndef __SANITIZE_ADDRESS__  // its malloc ends the process when memory is out
extern "C" {
void* smtpd_exception_malloc(std::size_t size) noexcept;
void smtpd_exception_free(void* memory) noexcept;
}

namespace {

/// Takes all the memory that there is, in a process that may not have more than it has by now.
void use_up_memory() {
  std::size_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const rlim_t now = pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const rlimit limit{now, now};
  ::setrlimit(RLIMIT_AS, &limit);
  // malloc(3) keeps small pieces by their sizes.
  for (std::size_t size = 1 << 20; size > 0; size = size > 2048 ? size / 2 : size - 16) {
    while (void* volatile const memory = std::malloc(size)) static_cast<void>(memory);
  }
}

bool keeps_places() {
  use_up_memory();
  constexpr std::size_t usual = 200, too_much = 4096;
  if (smtpd_exception_malloc(too_much)) return false;
  std::array<void*, 4> places{};
  for (void*& place : places) {
    place = smtpd_exception_malloc(usual);
    if (!place) return false;
  }
  if (smtpd_exception_malloc(usual)) return false;
  smtpd_exception_free(places[2]);
  return smtpd_exception_malloc(usual) == places[2];
}

}  // namespace

BOOST_AUTO_TEST_SUITE(exception_memory)

BOOST_AUTO_TEST_CASE(there_is_none_for_a_pool_and_some_when_memory_is_out) {
  BOOST_TEST(!smtpd_exception_malloc(72704));
  void* const memory = smtpd_exception_malloc(72704);
  BOOST_TEST(memory);
  smtpd_exception_free(memory);
  const pid_t child = ::fork();
  if (child == 0) ::_exit(keeps_places() ? 0 : 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  BOOST_TEST(WIFEXITED(status));
  BOOST_TEST(WEXITSTATUS(status) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
#endif
