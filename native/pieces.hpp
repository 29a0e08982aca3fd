// Pieces of a picture that are converted from planes when they are first looked at.
#pragma once
#include "colour_rows.hpp"
#include "runs.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// Whether a row of a mask has some of the pixels `first` to `last`.
static inline bool has_some(const Bits& mask, int y, int first, int last) {
    return next_pixel(mask.at + (size_t)y * mask.words(), first, last + 1, 0) <= last;
}

// Converts the pieces that hold pixels of a mask that is smaller by `factor`.
static void convert_where(const PicturePieces& from, const Bits& where, int factor) {
    if (!from.planes) return;
    const int height = from.planes->height, width = from.planes->width, count = (width + PIECE - 1) / PIECE;
    ColourRows rows(*from.planes, from.matrix);
    Piece colours;
    for (int y = 0; y < height; y += 2) {
        const int end = minimum(y + 2, height), top = y / factor, bottom = (end - 1) / factor;
        for (int piece = 0; piece < count; ++piece) {
            uint8_t* const made = from.made + (size_t)(y / 2) * count + piece;
            const int left = piece * PIECE, columns = minimum(PIECE, width - left);
            const int first = left / factor, last = (left + columns - 1) / factor;
            if (*made || !(has_some(where, top, first, last) || has_some(where, bottom, first, last))) continue;
            for (int row = y; row < end; ++row) {
                rows.convert(row, left, colours);
                store_rgb(colours, columns, from.rgb + 3 * ((size_t)row * width + left));
            }
            *made = 1;
        }
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
