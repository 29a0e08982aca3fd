"""Operations on one image or one set of points."""
