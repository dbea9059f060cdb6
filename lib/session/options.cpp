#include "lib/session/options.hpp"

#include <string_view>

#ifdef SMTPD_STATIC
extern "C" smtpd::CommandLineResult smtpd_parse_options(int argc, const char* const* argv) noexcept;
#else
#include <dlfcn.h>

#include "lib/plugin/registry.hpp"
#endif

namespace smtpd {
namespace {

#ifndef SMTPD_STATIC
CommandLineResult failure(std::string why) {
  return {.exit_code = 111,
          .output = "smtpd: the command line cannot be read: " + std::move(why) + '\n'};
}
#endif

}  // namespace

CommandLineResult parse_command_line(int argc, const char* const* argv,
                                     std::string (*program_directory)()) {
  if (argc <= 1) return {};
  if (argc == 3 && std::string_view(argv[1]) == "--config-dir") {
    CommandLineResult result;
    result.options.config_dir = argv[2];
    return result;
  }
#ifdef SMTPD_STATIC
  static_cast<void>(program_directory);
  return smtpd_parse_options(argc, argv);
#else
  const std::string directory = modules_of(program_directory());
  if (directory.empty()) return failure("without /proc the module for it is not found");
  const std::string path = directory + "/smtpd-options.so";
  void* const module = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!module) return failure(::dlerror());
  const auto parse = reinterpret_cast<ParseOptions>(::dlsym(module, "smtpd_parse_options"));
  return parse ? parse(argc, argv) : failure(path + " is another file");
#endif
}

}  // namespace smtpd
