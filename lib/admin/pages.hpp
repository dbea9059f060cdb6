#pragma once
/// The pages of doc/plugins, which the Makefile puts into the module.
#include <algorithm>
#include <span>
#include <string_view>

namespace smtpd {

struct Page {
  std::string_view plugin;
  std::string_view text;
};

/// All of them, sorted by plugin.
std::span<const Page> pages();

/// The page of a plugin, or null.
inline const Page* find_page(std::string_view plugin) {
  const auto all = pages();
  const auto found = std::ranges::find(all, plugin, &Page::plugin);
  return found == all.end() ? nullptr : &*found;
}

}  // namespace smtpd
