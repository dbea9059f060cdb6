/// The memory of exceptions, for libstdc++'s functions that throw (see the Makefile). What they ask
/// for at every start, 72 KiB for exceptions when memory is out, would be the first thing on the
/// heap, and what a session uses would lie on pages at both ends of it. So they get none, and there
/// are a few places here for that case.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>

namespace {

/// libstdc++ puts 128 octets of its own in front of an exception, and this server's are small.
struct Place {
  alignas(std::max_align_t) std::array<std::byte, 480> octets;
  bool taken;
};
constinit std::array<Place, 4> places{};
constinit bool asked_for_pool = false;

}  // namespace

extern "C" {
/// As malloc(3). The first call, before main(), is for the pool.
void* smtpd_exception_malloc(std::size_t size) noexcept {
  if (!asked_for_pool) {
    asked_for_pool = true;
    return nullptr;
  }
  if (void* const memory = std::malloc(size)) return memory;
  auto* const place = std::ranges::find(places, false, &Place::taken);
  if (size > sizeof place->octets || place == places.end()) return nullptr;
  place->taken = true;
  return place->octets.data();
}

/// As free(3).
void smtpd_exception_free(void* memory) noexcept {
  for (Place& place : places) {
    if (memory != place.octets.data()) continue;
    place.taken = false;
    return;
  }
  std::free(memory);
}
}
