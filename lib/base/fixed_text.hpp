#pragma once
/// A short text that a table holds in itself: pointers in tables are relocated at every start, each
/// of them.
#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace smtpd {

/// At most `Most` octets; a longer literal does not compile.
template <std::size_t Most>
class FixedText {
  static_assert(Most <= UINT8_MAX);

 public:
  constexpr FixedText() = default;
  template <std::size_t Size>
  constexpr FixedText(const char (&literal)[Size]) : size_(static_cast<std::uint8_t>(Size - 1)) {
    static_assert(Size - 1 <= Most, "the text is longer than this table's texts may be");
    std::copy_n(literal, Size - 1, octets_.begin());
  }
  constexpr operator std::string_view() const& { return {octets_.data(), size_}; }
  /// A view of a temporary would outlive it: `condition ? "literal" : entry.text` is one.
  constexpr operator std::string_view() const&& = delete;
  constexpr std::string_view view() const& { return *this; }
  constexpr bool empty() const { return size_ == 0; }
  friend constexpr bool operator==(const FixedText& text, std::string_view other) {
    return text.view() == other;
  }
  // A template, so that a literal is not turned into one of these to be compared.
  template <std::same_as<FixedText> Same>
  friend constexpr bool operator==(const FixedText& a, const Same& b) {
    return a.view() == b.view();
  }

 private:
  std::array<char, Most> octets_{};
  std::uint8_t size_ = 0;
};

}  // namespace smtpd
