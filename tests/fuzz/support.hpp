#pragma once
/// What the fuzz targets share: a property that must hold, and an input in its parts.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace smtpd::fuzz {

/// Ends the process, which makes the input a finding, unless `holds`.
inline void require(bool holds, std::string_view what) {
  if (holds) return;
  std::fprintf(stderr, "PROPERTY BROKEN: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

/// Octets that steer a target, then the text that it is about. What is missing is 0 or empty.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size)
      : rest_(reinterpret_cast<const char*>(data), size) {}

  unsigned octet() {
    if (rest_.empty()) return 0;
    const auto value = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }
  /// Up to the next NUL, which goes with it.
  std::string_view part() {
    const std::string_view part = rest_.substr(0, rest_.find('\0'));
    rest_.remove_prefix(part.size() < rest_.size() ? part.size() + 1 : part.size());
    return part;
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

/// Numbers that follow from a seed.
class Dice {
 public:
  explicit Dice(unsigned seed) : state_(seed * 2 + 1) {}
  /// 0 to `sides` - 1.
  std::size_t roll(std::size_t sides) {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::size_t>((state_ >> 33) % sides);
  }

 private:
  std::uint64_t state_;
};

/// How long the next piece of a text is that comes in pieces: `seed` 0 makes one piece of it, 1
/// single octets, others a mixture.
class Splitter {
 public:
  explicit Splitter(unsigned seed) : seed_(seed), dice_(seed) {}
  /// 1 to `available`, which is not 0.
  std::size_t next(std::size_t available) {
    if (seed_ == 0) return available;
    if (seed_ == 1) return 1;
    const std::size_t most = dice_.roll(4) == 0 ? available : 1 + dice_.roll(8);
    return most < available ? most : available;
  }

 private:
  unsigned seed_;
  Dice dice_;
};

}  // namespace smtpd::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
