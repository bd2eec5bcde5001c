# SPDX-License-Identifier: MIT
# arm64.cmake - builds Playbus for arm64 on another Debian 12, with the compiler of crossbuild-essential-arm64 and the
# :arm64 packages of its libraries: cmake -DCMAKE_TOOLCHAIN_FILE=deploy/arm64.cmake … What the build itself runs, as
# what writes the manual, is run by qemu-user-static. tests/arm64 does all of it in a root of its own.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64-static)
set(ENV{PKG_CONFIG_LIBDIR} /usr/lib/aarch64-linux-gnu/pkgconfig:/usr/share/pkgconfig)
