#include "lib/base/module.hpp"

#include <unistd.h>

#ifndef SMTPD_STATIC
#include <dlfcn.h>
#endif

namespace smtpd {
namespace {

std::string& directory_of_tests() {
  static std::string directory;
  return directory;
}

}  // namespace

std::string program_directory() {
  if (!directory_of_tests().empty()) return directory_of_tests();
  char path[1024];  // a longer one is cut, and nothing is found there
  const ssize_t length = ::readlink("/proc/self/exe", path, sizeof path);
  if (length <= 0) return {};
  const std::string whole(path, static_cast<std::size_t>(length));
  return whole.substr(0, whole.rfind('/'));
}

void set_program_directory(std::string directory) { directory_of_tests() = std::move(directory); }

std::string modules_of(const std::string& directory) {
  if (directory.empty()) return {};
  std::string modules = directory + SMTPD_MODULE_DIRECTORY;
  if (::access(modules.c_str(), F_OK) != 0) modules = directory + "/../lib/smtpd";
  return modules;
}

#ifndef SMTPD_STATIC
std::expected<void*, Error> find_in_module(const char* module, const char* function) {
  const std::string directory = modules_of(program_directory());
  if (directory.empty()) {
    return std::unexpected(
        Error{Errc::config, std::string("without /proc the module ") + module + " is not found"});
  }
  const std::string path = directory + '/' + module + ".so";
  void* const loaded = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!loaded) return std::unexpected(Error{Errc::config, ::dlerror()});
  void* const address = ::dlsym(loaded, function);
  if (!address) return std::unexpected(Error{Errc::config, path + " is another file"});
  return address;
}
#endif

}  // namespace smtpd
