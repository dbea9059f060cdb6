#pragma once
/// Where plugins come from: the binary itself and shared objects.
#include <expected>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/error.hpp"
#include "lib/base/fixed_text.hpp"
#include "lib/plugin/plugin.hpp"

namespace smtpd {

/// The plugins that are linked into this binary, in no order.
SMTPD_API std::span<const PluginDescription* const> built_in_plugins();

/// `relay:1` -> `relay`; the name itself if it has no instance.
std::string_view without_instance(std::string_view name);
/// The name of a plugin's file: `relay:1` -> `relay`, `A::B` -> `A/B`.
SMTPD_API std::string plugin_file_name(std::string_view name);
/// An old name of a plugin.
struct PluginAlias {
  FixedText<28> old_name, name;
  FixedText<8> words;  ///< arguments that the old name stands for as well
};
/// The alias that older qpsmtpd configurations may use; null if `name` is none.
SMTPD_API const PluginAlias* plugin_alias(std::string_view name);
SMTPD_API std::span<const PluginAlias> plugin_aliases();
/// The names of the plugins that are modules below `directory`, sorted: `virus/scan` for
/// virus/scan.so. The program's own modules (smtpd-*.so) are none.
SMTPD_API std::vector<std::string> module_names(const std::string& directory);

/// Finds a plugin by its file name: NAME.so in `plugin_dirs`, then the built-in ones, then NAME.so
/// in `module_directory`. Errors: not_found (with the nearest name), permission (a file or
/// directory that others may write), config (another ABI).
SMTPD_API std::expected<const PluginDescription*, Error> find_plugin(
    std::string_view file_name, std::span<const std::string> plugin_dirs,
    const std::function<std::string()>& module_directory);

}  // namespace smtpd
