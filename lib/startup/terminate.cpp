/// What a failure that nobody caught says last. It stands in for libstdc++'s own handler, which
/// brings the symbol demangler into the binary: 60 KiB of code and 4 KiB of relocated tables that
/// every start would pay for.
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace __gnu_cxx {

// NOLINTNEXTLINE(bugprone-reserved-identifier): libstdc++ calls it by this name
[[noreturn, gnu::visibility("default")]] void __verbose_terminate_handler() {
  constexpr std::string_view text = "smtpd: an exception that nothing catches; this is a bug\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
  std::abort();
}

}  // namespace __gnu_cxx

/// What a violated precondition of the standard library calls, in place of a handler that writes
/// through stdio.
namespace std {  // NOLINT(cert-dcl58-cpp)

// NOLINTNEXTLINE(bugprone-reserved-identifier): libstdc++ calls it by this name
[[gnu::noreturn]] void __glibcxx_assert_fail(const char*, int, const char*,
                                             const char* condition) noexcept {
  for (const string_view text : {string_view("smtpd: violated: "), string_view(condition),
                                 string_view("; this is a bug\n")}) {
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
  }
  abort();
}

}  // namespace std

/// The standard library's messages are not translated: what they say goes to the log, in English
/// like all that stands there.
extern "C" [[gnu::visibility("hidden")]] char* gettext(const char* text) {
  return const_cast<char*>(text);
}
