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
