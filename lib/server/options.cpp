#include "lib/server/options.hpp"

#include <string_view>

#include "lib/base/module.hpp"

extern "C" smtpd::CommandLineResult smtpd_parse_options(int argc, const char* const* argv) noexcept;
extern "C" smtpd::Printout smtpd_administer(const smtpd::CommandLineResult& asked,
                                            smtpd::Services& services) noexcept;
#ifdef SMTPD_STATIC
// Constructors of Boost's objects, which the linker would otherwise have run at every start.
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {
extern void (*const __start_smtpd_options_init[])();
extern void (*const __stop_smtpd_options_init[])();
}
// NOLINTEND(bugprone-reserved-identifier)
#endif

namespace smtpd {
namespace {

constexpr int exit_trouble = 111;

/// What a super-server's session is given; none if it is anything else.
std::optional<CommandLineResult> parse_usual(int argc, const char* const* argv) {
  if (argc <= 1) return CommandLineResult();
  if (argc != 3 || std::string_view(argv[1]) != "--config-dir" || *argv[2] == '\0') return {};
  CommandLineResult result;
  result.options.config_dir = argv[2];
  return result;
}

}  // namespace

CommandLineResult parse_command_line(int argc, const char* const* argv) {
  if (auto usual = parse_usual(argc, argv)) return *std::move(usual);
#ifdef SMTPD_STATIC
  for (auto each = __start_smtpd_options_init; each != __stop_smtpd_options_init; ++each) (*each)();
#endif
  const auto parse = SMTPD_MODULE_FUNCTION("smtpd-options", smtpd_parse_options);
  if (parse) return (*parse)(argc, argv);
  return {.exit_code = exit_trouble,
          .output = "smtpd: the command line cannot be read: " + parse.error().what + '\n'};
}

Printout administer(const CommandLineResult& asked, Services& services) {
  const auto function = SMTPD_MODULE_FUNCTION("smtpd-admin", smtpd_administer);
  if (function) return (*function)(asked, services);
  return {.exit_code = exit_trouble, .complaints = "smtpd: " + function.error().what + '\n'};
}

}  // namespace smtpd
