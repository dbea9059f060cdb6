#pragma once
/// What a C library has made is freed by a function of it: `std::unique_ptr<X, Freer<X_free>>`.

namespace smtpd {

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* pointer) const noexcept {
    Free(pointer);
  }
};

}  // namespace smtpd
