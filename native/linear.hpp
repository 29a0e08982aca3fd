// Small matrices, rows first, and small systems of equations.
#pragma once

namespace stillplate {
namespace STILLPLATE_ISA {

// Solves a positive definite system of equations by elimination. IN OUT right : [size], replaced by the solution.
template <int MOST>
static void solve(double (*matrix)[MOST], double* right, int size) {
    for (int k = 0; k < size; ++k) {
        for (int row = k + 1; row < size; ++row) {
            const double share = matrix[row][k] / matrix[k][k];
            for (int column = k; column < size; ++column) matrix[row][column] -= share * matrix[k][column];
            right[row] -= share * right[k];
        }
    }
    for (int k = size - 1; k >= 0; --k) {
        for (int column = k + 1; column < size; ++column) right[k] -= matrix[k][column] * right[column];
        right[k] /= matrix[k][k];
    }
}

// A homography, or a generator of some.
struct Matrix {
    double at[9];
};
static Matrix matrix_at(const double* from) {
    Matrix m;
    for (int k = 0; k < 9; ++k) m.at[k] = from[k];
    return m;
}
static Matrix operator*(const Matrix& a, const Matrix& b) {
    Matrix m{};
    for (int row = 0; row < 3; ++row) {
        for (int column = 0; column < 3; ++column) {
            for (int k = 0; k < 3; ++k) m.at[3 * row + column] += a.at[3 * row + k] * b.at[3 * k + column];
        }
    }
    return m;
}
static Matrix inverse(const Matrix& m) {
    const double* const a = m.at;
    const double x = a[4] * a[8] - a[5] * a[7], y = a[5] * a[6] - a[3] * a[8], z = a[3] * a[7] - a[4] * a[6];
    const double scale = 1.0 / (a[0] * x + a[1] * y + a[2] * z);
    return {{x * scale, (a[2] * a[7] - a[1] * a[8]) * scale, (a[1] * a[5] - a[2] * a[4]) * scale,  //
             y * scale, (a[0] * a[8] - a[2] * a[6]) * scale, (a[2] * a[3] - a[0] * a[5]) * scale,  //
             z * scale, (a[1] * a[6] - a[0] * a[7]) * scale, (a[0] * a[4] - a[1] * a[3]) * scale}};
}
// The matrix exponential of a sum of generators. IN basis : [count][3][3].
static Matrix exponential(const double* steps, const double* basis, int count) {
    Matrix generator{}, term{{1, 0, 0, 0, 1, 0, 0, 0, 1}}, total = term;
    for (int k = 0; k < count; ++k) {
        for (int p = 0; p < 9; ++p) generator.at[p] += steps[k] * basis[9 * k + p];
    }
    for (int order = 1; order < 9; ++order) {
        term = term * generator;
        for (int p = 0; p < 9; ++p) total.at[p] += term.at[p] /= order;
    }
    return total;
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
