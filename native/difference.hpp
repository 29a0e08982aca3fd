// The difference of a frame from the plate, and the mask and foreground that follow from it, in one pass.
#pragma once
#include "simd/lanes.hpp"
#include "simd/packed.hpp"
#include "stillplate/kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

static inline Packed triplicate(Span m) {
    return {__builtin_shufflevector(m, m, 0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5),
            __builtin_shufflevector(m, m, 5, 5, 6, 6, 6, 7, 7, 7, 8, 8, 8, 9, 9, 9, 10, 10),
            __builtin_shufflevector(m, m, 10, 11, 11, 11, 12, 12, 12, 13, 13, 13, 14, 14, 14, 15, 15, 15)};
}

static inline bool equal(const float* w) { return w[0] == w[1] && w[1] == w[2]; }

static inline Levels weighted_sum(const Channels& d, const float* w) {
    return equal(w) ? w[0] * levels(sum(d)) : w[0] * levels(d.r) + w[1] * levels(d.g) + w[2] * levels(d.b);
}

// The largest sum of the channels' differences with w · sum <= threshold, −1 if there is none: compares in integers
// what floats would.
static inline int16_t largest_background_sum(float w, float threshold) {
    int16_t sum = -1;
    while (sum < 765 && !(w * (float)(sum + 1) > threshold)) ++sum;
    return sum;
}

// The mask of a span, 0 or 255. IN thresholds : [SPAN], or null.
static inline Span mask_span(const Packed& image, const Packed& plate, const DifferenceInput& from,
                             const float* thresholds, int16_t background_sum) {
    const Channels d = channel_differences(image, plate);
    if (!thresholds && equal(from.weights)) return __builtin_convertvector((Sums)(sum(d) > background_sum), Span);
    const Levels limit = thresholds ? read<Levels>(thresholds) : Levels{} + from.threshold;
    return __builtin_convertvector((Flags)(weighted_sum(d, from.weights) > limit), Span);
}

static inline void foreground_span(const Packed& image, Span mask, uint8_t* foreground) {
    const Packed in = triplicate(mask);
    const Packed cut{image.first & in.first, image.second & in.second, image.third & in.third};
    memcpy(foreground, &cut, sizeof cut);
}

// One span at a time; a last span that is not full is copied to padded buffers.
static void mask(const DifferenceInput& from, size_t first, size_t last, uint8_t* mask, uint8_t* foreground) {
    const int16_t background_sum = largest_background_sum(from.weights[0], from.threshold);
    size_t at = first;
    for (; at + SPAN <= last; at += SPAN) {
        const Packed image = read_packed(from.image + 3 * at), plate = read_packed(from.plate + 3 * at);
        const Span in = mask_span(image, plate, from, from.thresholds ? from.thresholds + at : nullptr, background_sum),
                   out = in & 1;
        memcpy(mask + at, &out, sizeof out);
        if (foreground) foreground_span(image, in, foreground + 3 * at);
    }
    if (at == last) return;
    const size_t rest = last - at;
    uint8_t image[3 * SPAN] = {}, plate[3 * SPAN] = {}, in[SPAN], cut[3 * SPAN];
    float thresholds[SPAN] = {};
    memcpy(image, from.image + 3 * at, 3 * rest), memcpy(plate, from.plate + 3 * at, 3 * rest);
    if (from.thresholds) memcpy(thresholds, from.thresholds + at, rest * sizeof(float));
    const DifferenceInput part{image,
                               plate,
                               {from.weights[0], from.weights[1], from.weights[2]},
                               from.thresholds ? thresholds : nullptr,
                               from.threshold};
    stillplate::STILLPLATE_ISA::mask(part, 0, SPAN, in, cut);
    memcpy(mask + at, in, rest);
    if (foreground) memcpy(foreground + 3 * at, cut, 3 * rest);
}

// D of a span, after `common` times the mean of the channels' differences is taken off each: 1 leaves that of colour
// only.
static inline Levels difference_span(const Packed& image, const Packed& plate, const float* w, float common) {
    if (common == 0.0f) return weighted_sum(channel_differences(image, plate), w);
    const Channels i = unpack(image), b = unpack(plate);
    const Levels r = levels(i.r) - levels(b.r), g = levels(i.g) - levels(b.g), l = levels(i.b) - levels(b.b);
    const Levels mean = common / 3.0f * (r + g + l);
    return w[0] * absolute(r - mean) + w[1] * absolute(g - mean) + w[2] * absolute(l - mean);
}

static void difference(const DifferenceInput& from, float common, size_t first, size_t last, float* d) {
    size_t at = first;
    for (; at + SPAN <= last; at += SPAN) {
        const Packed image = read_packed(from.image + 3 * at), plate = read_packed(from.plate + 3 * at);
        const Levels out = difference_span(image, plate, from.weights, common);
        memcpy(d + at, &out, sizeof out);
    }
    if (at == last) return;
    const size_t rest = last - at;
    uint8_t image[3 * SPAN] = {}, plate[3 * SPAN] = {};
    memcpy(image, from.image + 3 * at, 3 * rest), memcpy(plate, from.plate + 3 * at, 3 * rest);
    const Levels out = difference_span(read_packed(image), read_packed(plate), from.weights, common);
    memcpy(d + at, &out, rest * sizeof(float));
}

static void foreground(const uint8_t* image, const uint8_t* mask, size_t first, size_t last, uint8_t* foreground) {
    size_t at = first;
    for (; at + SPAN <= last; at += SPAN) {
        foreground_span(read_packed(image + 3 * at), (Span)(read<Span>(mask + at) != 0), foreground + 3 * at);
    }
    for (; at < last; ++at) {
        for (int c = 0; c < 3; ++c) foreground[3 * at + c] = mask[at] ? image[3 * at + c] : 0;
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
