#include "lib/session/options.hpp"

#include <string_view>

#ifdef SMTPD_STATIC
extern "C" smtpd::CommandLineResult smtpd_parse_options(int argc, const char* const* argv) noexcept;
extern "C" smtpd::Printout smtpd_administer(const smtpd::CommandLineResult& asked,
                                            const smtpd::World& world) noexcept;
// Constructors of Boost's objects, which the linker would otherwise have run at every start.
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {
extern void (*const __start_smtpd_options_init[])();
extern void (*const __stop_smtpd_options_init[])();
}
// NOLINTEND(bugprone-reserved-identifier)
#else
#include <dlfcn.h>

#include "lib/plugin/registry.hpp"
#endif

namespace smtpd {

namespace {

/// What a super-server's session is given; none if it is anything else.
std::optional<CommandLineResult> parse_usual(int argc, const char* const* argv) {
  if (argc <= 1) return CommandLineResult();
  if (argc != 3 || std::string_view(argv[1]) != "--config-dir") return {};
  CommandLineResult result;
  result.options.config_dir = argv[2];
  return result;
}

}  // namespace

#ifdef SMTPD_STATIC
CommandLineResult parse_command_line(int argc, const char* const* argv, std::string (*)()) {
  if (auto usual = parse_usual(argc, argv)) return *std::move(usual);
  for (auto each = __start_smtpd_options_init; each != __stop_smtpd_options_init; ++each) (*each)();
  return smtpd_parse_options(argc, argv);
}

Printout administer(const CommandLineResult& asked, const World& world) {
  return smtpd_administer(asked, world);
}
#else
namespace {

constexpr int exit_trouble = 111;

/// A function of one of the program's own modules. Errors: a sentence.
[[gnu::cold]] std::expected<void*, std::string> find_function(const std::string& program_directory,
                                                              const std::string& module,
                                                              const char* name) {
  const std::string directory = modules_of(program_directory);
  if (directory.empty())
    return std::unexpected("without /proc the module " + module + " is not found");
  const std::string path = directory + '/' + module + ".so";
  void* const loaded = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!loaded) return std::unexpected(::dlerror());
  void* const function = ::dlsym(loaded, name);
  if (!function) return std::unexpected(path + " is another file");
  return function;
}

}  // namespace

CommandLineResult parse_command_line(int argc, const char* const* argv,
                                     std::string (*program_directory)()) {
  if (auto usual = parse_usual(argc, argv)) return *std::move(usual);
  const auto parse = find_function(program_directory(), "smtpd-options", "smtpd_parse_options");
  if (parse) return reinterpret_cast<ParseOptions>(*parse)(argc, argv);
  return {.exit_code = exit_trouble,
          .output = "smtpd: the command line cannot be read: " + parse.error() + '\n'};
}

Printout administer(const CommandLineResult& asked, const World& world) {
  const auto function = find_function(world.program_directory(), "smtpd-admin", "smtpd_administer");
  if (function) return reinterpret_cast<Administer>(*function)(asked, world);
  return {.exit_code = exit_trouble, .complaints = "smtpd: " + function.error() + '\n'};
}
#endif

}  // namespace smtpd
