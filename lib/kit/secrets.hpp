#pragma once
/// Files that hold secrets.
#include <string>
#include <string_view>

#include "lib/base/export.hpp"
#include "lib/plugin/plugin.hpp"

namespace smtpd {

/// True if every user of this machine can read the file: by its mode, and those of the directories
/// that lead to it. False too if that cannot be seen.
SMTPD_API bool everybody_can_read(const std::string& path);

/// For on_check: reports each file with lines of the key that everybody can read. `what` is what it
/// holds, in the plural.
SMTPD_API void check_secrecy(PluginContext& ctx, std::string_view key, std::string_view what);
/// What is wrong with such a file, and what to do.
SMTPD_API std::string open_secret(std::string_view path, std::string_view what);

}  // namespace smtpd
