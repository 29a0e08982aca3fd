// Registration by levels of grey, and by pairs of points: Gauss-Newton, in the Lie group of a motion model.
#pragma once
#include "linear.hpp"
#include "ordered.hpp"
#include "simd/arena.hpp"
#include "simd/wide_sum.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

constexpr int UNKNOWNS = MOST_GENERATORS + 2;  // of an alignment: generators, gain and offset
static inline double magnitude(double v) { return v < 0.0 ? -v : v; }
static double largest(const double* steps, int count) {
    double most = 0.0;
    for (int k = 0; k < count; ++k) most = maximum(most, magnitude(steps[k]));
    return most;
}

constexpr double FAR_OFF = 1e30;  // where points behind the camera are

// Where a homography leads.
struct Spot {
    double x, y;
};
static inline Spot project(const Matrix& m, double x, double y) {
    const double depth = m.at[6] * x + m.at[7] * y + m.at[8];
    if (!(depth > 1e-9)) return {FAR_OFF, FAR_OFF};
    return {(m.at[0] * x + m.at[1] * y + m.at[2]) / depth, (m.at[3] * x + m.at[4] * y + m.at[5]) / depth};
}

// Geman and McClure's cost: 0 for equal levels, up to 1.
static inline float robust_cost(float residual, float scale) {
    const float part = residual / scale, square = part * part;
    return square / (1.0f + square);
}

// A round's residuals, of the pixels that lie in the frame.
struct AlignRoom {
    float *residual, *weights, *weighted;  // [room]
    float *inside, *some;                  // [room], 1 or 0; values that are ordered
    int count, room;                       // pixels, and whole vectors of them
};

// Levels of the frame where the pixels of the template lie in it, less their own in its light. Returns how many do.
static int sample(const AlignInput& from, const Matrix& way, const float* light, const AlignRoom& room) {
    int seen = 0;
    for (int k = 0; k < room.count; ++k) {
        const Spot spot = project(way, from.places[2 * k], from.places[2 * k + 1]);
        const bool inside = spot.x >= 1.0 && spot.y >= 1.0 && spot.x <= from.width - 2 && spot.y <= from.height - 2;
        room.inside[k] = inside, room.residual[k] = 0.0f, seen += inside;
        if (!inside) continue;
        const float x = (float)spot.x, y = (float)spot.y;
        const int column = (int)x, row = (int)y;
        const float right = x - (float)column, down = y - (float)row;
        const float* const at = from.frame + (size_t)row * from.width + column;
        const float upper = at[0] + right * (at[1] - at[0]);
        const float lower = at[from.width] + right * (at[from.width + 1] - at[from.width]);
        room.residual[k] = upper + down * (lower - upper) - (light[0] * from.levels[k] + light[1]);
    }
    return seen;
}

// The median of what `of` returns for the pixels in the frame.
template <class Of>
static float median_inside(const AlignRoom& room, Of of) {
    int count = 0;
    for (int k = 0; k < room.count; ++k) {
        if (room.inside[k]) room.some[count++] = of(k);
    }
    return median(room.some, count);
}

static double mean_cost(const AlignInput& from, const AlignRoom& room, float scale) {
    double sum = 0.0;
    for (int k = 0; k < room.count; ++k) {
        const float cost = room.inside[k] ? robust_cost(room.residual[k], scale) : 1.0f;
        sum += (double)((from.trust ? from.trust[k] : 1.0f) * cost);
    }
    return sum / room.count;
}

// OUT step : of each generator, and of gain and offset, that which reduces the residual most.
static void find_step(const AlignInput& from, const float* columns, const AlignRoom& room, float scale, double* step) {
    const int size = from.generators + 2;
    double normal[UNKNOWNS][UNKNOWNS];
    for (int k = 0; k < room.count; ++k) {
        const float rest = 1.0f - robust_cost(room.residual[k], scale);
        room.weights[k] = (from.trust ? from.trust[k] : 1.0f) * room.inside[k] * (rest * rest);
    }
    for (int one = 0; one < size; ++one) {
        const float* const column = columns + (size_t)one * room.room;
        for (int k = 0; k < room.room; ++k) room.weighted[k] = column[k] * room.weights[k];
        for (int other = 0; other <= one; ++other) {
            const float* const beside = columns + (size_t)other * room.room;
            normal[one][other] = normal[other][one] = (double)product(room.weighted, beside, room.room);
        }
        step[one] = (double)product(room.weighted, room.residual, room.room);
    }
    for (int k = 0; k < size; ++k) normal[k][k] += 1e-6 * normal[k][k] + 1e-6;
    solve(normal, step, size);
}

// OUT found : [3][3], the transform of the least cost, or the given one if that moves a pixel too far. Returns the
// median distance of the template's pixels, less than 0 where too few lie in the frame.
static float align(const AlignInput& from, double* found) {
    constexpr int vector = 2 * WIDE;
    AlignRoom room{};
    room.count = from.count, room.room = (from.count + vector - 1) / vector * vector;
    const int size = from.generators + 2;
    Arena arena((size_t)(size + 5) * (room.room * sizeof(float) + 64));
    float* const columns = arena.take<float>((size_t)size * room.room);
    float** const all[] = {&room.residual, &room.weights, &room.weighted, &room.inside, &room.some};
    for (float** const one : all) {
        *one = arena.take<float>(room.room);
        memset(*one, 0, room.room * sizeof(float));
    }
    memset(columns, 0, (size_t)size * room.room * sizeof *columns);
    for (int k = 0; k < size; ++k) {
        memcpy(columns + (size_t)k * room.room, from.columns + (size_t)k * from.count, from.count * sizeof *columns);
    }
    const Matrix way = matrix_at(from.way);
    Matrix best = way, moved = way;
    float light[2] = {1.0f, 0.0f}, scale = 0.0f, cost_scale = 0.0f, distance = -1.0f;
    double least = 0.0;
    for (int round = 0; round <= from.steps; ++round) {
        if (sample(from, moved, light, room) < from.fewest) break;
        if (round == 0) {
            const float shift = median_inside(room, [&](int k) { return room.residual[k]; });
            light[1] += shift;
            for (int k = 0; k < room.count; ++k) room.residual[k] -= shift;
        }
        const float usual = 1.5f * median_inside(room, [&](int k) { return __builtin_fabsf(room.residual[k]); });
        scale = maximum(from.noise, round == 0 ? usual : minimum(scale, usual));
        if (round == 0) cost_scale = scale;  // one scale for the costs of all steps
        const double cost = mean_cost(from, room, cost_scale);
        if (round == 0 || cost < least) {
            least = cost, best = moved;
            distance = median_inside(room, [&](int k) { return __builtin_fabsf(room.residual[k]) / from.steep[k]; });
        }
        double step[UNKNOWNS];
        find_step(from, columns, room, scale, step);
        light[0] += (float)step[from.generators], light[1] += (float)step[from.generators + 1];
        moved = moved * inverse(exponential(step, from.basis, from.generators));
        if (largest(step, from.generators) < from.least_step) break;
    }
    bool near = true;
    for (int k = 0; k < from.count && near; ++k) {
        const double x = from.places[2 * k], y = from.places[2 * k + 1];
        const Spot one = project(best, x, y), other = project(way, x, y);
        near = one.x < FAR_OFF && other.x < FAR_OFF && magnitude(one.x - other.x) <= from.farthest &&
               magnitude(one.y - other.y) <= from.farthest;
    }
    memcpy(found, near ? best.at : way.at, sizeof best.at);
    return distance;
}

// IN image : [height][width]. OUT across, down, steep : [width], of row y; beyond an edge, the picture is mirrored at
// its outermost pixels.
static void slopes_of_row(const SteepInput& from, int y, float* across, float* down, float* steep) {
    const int width = from.width;
    const auto row = [&](int at) { return from.image + (size_t)mirrored(at, from.height) * width; };
    const float *const above = row(y - 1), *const here = row(y), *const below = row(y + 1);
    const auto slope = [&](int left, int x, int right) {
        across[x] =
            ((above[right] - above[left]) + 2.0f * (here[right] - here[left]) + (below[right] - below[left])) / 8.0f;
        down[x] = ((below[left] - above[left]) + 2.0f * (below[x] - above[x]) + (below[right] - above[right])) / 8.0f;
        steep[x] = __builtin_sqrtf(across[x] * across[x] + down[x] * down[x]);
    };
    for (int x = 1; x < width - 1; ++x) slope(x - 1, x, x + 1);
    for (int x = 0; x < width; x += maximum(1, width - 1)) slope(mirrored(x - 1, width), x, mirrored(x + 1, width));
}

// Whether all within two pixels is known, and in the picture.
static bool is_known(const SteepInput& from, int y, int x) {
    if (!from.known) return true;
    if (y < 2 || x < 2 || y >= from.height - 2 || x >= from.width - 2) return false;
    bool all = true;
    for (int down = -2; down <= 2; ++down) {
        const uint8_t* const at = from.known + (size_t)(y + down) * from.width + x;
        all &= at[-2] && at[-1] && at[0] && at[1] && at[2];
    }
    return all;
}

// OUT found : numbers of the steepest pixels of each whole cell, the steepest first; slopes : [found][2], of each.
// Returns how many there are.
static int steepest(const SteepInput& from, int32_t* found, float* slopes) {
    const int width = from.width, cell = from.cell, cells = width / cell;
    Arena arena((size_t)(3 * cell + 2) * (width * sizeof(float) + 64) + from.most * 16 + 128);
    float *const across = arena.take<float>((size_t)cell * width), *const down =
                                                                       arena.take<float>((size_t)cell * width);
    float* const steep = arena.take<float>((size_t)cell * width);
    int* const best = arena.take<int>(from.most);
    int count = 0;
    for (int top = 0; top + cell <= from.height; top += cell) {
        for (int y = 0; y < cell; ++y) {
            slopes_of_row(from, top + y, across + y * width, down + y * width, steep + y * width);
        }
        for (int left = 0; left < cells * cell; left += cell) {
            int few = 0;
            for (int place = 0; place < cell * cell; ++place) {
                const int y = place / cell, x = left + place % cell, at = y * width + x;
                if (!(steep[at] > from.least) || (few == from.most && !(steep[at] > steep[best[few - 1]]))) continue;
                if (!is_known(from, top + y, x)) continue;
                int rank = few < from.most ? few++ : few - 1;
                for (; rank > 0 && steep[at] > steep[best[rank - 1]]; --rank) best[rank] = best[rank - 1];
                best[rank] = at;
            }
            for (int k = 0; k < few; ++k, ++count) {
                found[count] = top * width + best[k];
                slopes[2 * count] = across[best[k]], slopes[2 * count + 1] = down[best[k]];
            }
        }
    }
    return count;
}

// OUT columns : [generators + 2][count], derivatives of the level by each generator, by gain and by offset.
static void slope_columns(const SteepInput& from, const double* basis, int generators, const int32_t* places,
                          const float* slopes, size_t count, float* columns) {
    for (int k = 0; k < generators; ++k) {
        const double* const g = basis + 9 * k;
        for (size_t p = 0; p < count; ++p) {
            const double x = places[p] % from.width, y = places[p] / from.width;
            const double along = g[6] * x + g[7] * y + g[8];
            const double move_x = g[0] * x + g[1] * y + g[2] - x * along;
            const double move_y = g[3] * x + g[4] * y + g[5] - y * along;
            columns[k * count + p] = (float)((double)slopes[2 * p] * move_x + (double)slopes[2 * p + 1] * move_y);
        }
    }
    for (size_t p = 0; p < count; ++p) {
        columns[generators * count + p] = from.image[places[p]], columns[(generators + 1) * count + p] = 1.0f;
    }
}

// Pairs of points by coordinates, and the derivatives of where the first ones lead.
struct PairsRoom {
    double *x, *y, *to_x, *to_y, *weights;  // [room], of weight 0 behind the last
    double *residual[2], *robust, *weighted[2], *slopes[MOST_GENERATORS][2];
    int room;
};

// OUT step : of each generator.
static void fit_step(const PairsInput& from, const PairsRoom& room, const Matrix& matrix, double scale, double* step) {
    Matrix changes[MOST_GENERATORS];
    for (int k = 0; k < from.generators; ++k) changes[k] = matrix * matrix_at(from.basis + 9 * k);
    const double *const m = matrix.at, square = scale * scale;
    for (int p = 0; p < room.room; p += PAIRED) {
        const Doubles x = doubles(room.x + p), y = doubles(room.y + p);
        const Doubles depth = m[6] * x + m[7] * y + m[8];
        const Doubles to_x = (m[0] * x + m[1] * y + m[2]) / depth, to_y = (m[3] * x + m[4] * y + m[5]) / depth;
        const Doubles off_x = doubles(room.to_x + p) - to_x, off_y = doubles(room.to_y + p) - to_y;
        const Doubles part = 1.0 + (off_x * off_x + off_y * off_y) / square;
        const Doubles robust = doubles(room.weights + p) / (part * part);
        memcpy(room.residual[0] + p, &off_x, sizeof off_x), memcpy(room.residual[1] + p, &off_y, sizeof off_y);
        memcpy(room.robust + p, &robust, sizeof robust);
        for (int k = 0; k < from.generators; ++k) {
            const double* const c = changes[k].at;
            const Doubles along = c[6] * x + c[7] * y + c[8];
            const Doubles slope_x = (c[0] * x + c[1] * y + c[2] - to_x * along) / depth;
            const Doubles slope_y = (c[3] * x + c[4] * y + c[5] - to_y * along) / depth;
            memcpy(room.slopes[k][0] + p, &slope_x, sizeof slope_x);
            memcpy(room.slopes[k][1] + p, &slope_y, sizeof slope_y);
        }
    }
    double normal[MOST_GENERATORS][MOST_GENERATORS];
    for (int one = 0; one < from.generators; ++one) {
        for (int axis = 0; axis < 2; ++axis) {
            const double* const slopes = room.slopes[one][axis];
            for (int p = 0; p < room.room; ++p) room.weighted[axis][p] = slopes[p] * room.robust[p];
        }
        const auto with = [&](const double* const* other) {
            return product(room.weighted[0], other[0], room.room) + product(room.weighted[1], other[1], room.room);
        };
        for (int other = 0; other <= one; ++other) normal[one][other] = normal[other][one] = with(room.slopes[other]);
        step[one] = with(room.residual);
        normal[one][one] += from.damping;
    }
    solve(normal, step, from.generators);
}

// OUT fitted : [3][3], the start if the iterations diverge.
static void fit_pairs(const PairsInput& from, double* fitted) {
    PairsRoom room{};
    room.room = (from.count + WIDE - 1) / WIDE * WIDE;
    Arena arena((size_t)(10 + 2 * MOST_GENERATORS) * (room.room * sizeof(double) + 64));
    double** const all[] = {&room.x,           &room.y,           &room.to_x,   &room.to_y,        &room.weights,
                            &room.residual[0], &room.residual[1], &room.robust, &room.weighted[0], &room.weighted[1]};
    for (double** const one : all) *one = arena.take<double>(room.room);
    for (int k = 0; k < from.generators; ++k) {
        for (int axis = 0; axis < 2; ++axis) room.slopes[k][axis] = arena.take<double>(room.room);
    }
    for (int p = 0; p < room.room; ++p) {
        const int at = minimum(p, from.count - 1);  // behind the last, the last again
        room.x[p] = from.sources[2 * at], room.y[p] = from.sources[2 * at + 1];
        room.to_x[p] = from.targets[2 * at], room.to_y[p] = from.targets[2 * at + 1];
        room.weights[p] = p < from.count ? from.weights[p] : 0.0;
    }
    const Matrix start = matrix_at(from.start);
    Matrix matrix = start;
    for (int number = 0; number < from.scale_count; ++number) {
        for (int round = 0; round < from.rounds; ++round) {
            double step[MOST_GENERATORS];
            fit_step(from, room, matrix, from.scales[number], step);
            const double most = largest(step, from.generators);
            if (most > 1.0) {
                memcpy(fitted, start.at, sizeof start.at);
                return;
            }
            matrix = matrix * exponential(step, from.basis, from.generators);
            if (most < from.enough) break;
        }
    }
    for (int k = 0; k < 9; ++k) fitted[k] = matrix.at[k] / matrix.at[8];
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
