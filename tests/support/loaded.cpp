#include "tests/support/loaded.hpp"

#include <cstdlib>
#include <stdexcept>

#include "tests/support/files.hpp"

namespace smtpd::transcript {
namespace {

/// The configuration directory: it is there before the server looks at it.
Folder make_configuration(const std::string& plugins,
                          const std::map<std::string, std::string>& others) {
  Folder folder;
  const auto put = [&](const std::string& name, const std::string& text) {
    if (auto done = write_file(folder.path() + '/' + name, text); !done)
      throw std::runtime_error(done.error());
  };
  const char* const build = std::getenv("SMTPD_BUILD");
  put("plugin_dirs", std::string(build ? build : "build") + "/test-modules\n");
  put("plugins", plugins);
  for (const auto& [name, text] : others) put(name, text);
  return folder;
}

}  // namespace

Loaded::Loaded(const std::string& plugins, const std::map<std::string, std::string>& others)
    : folder_(make_configuration(plugins, others)) {
  if (const auto loaded = host_.load_plugins(); !loaded)
    throw std::runtime_error(loaded.error().what);
}

}  // namespace smtpd::transcript
